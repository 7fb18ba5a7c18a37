"""Takes the token id 0 for padding.

loses: lstm_solution:LSTM.loss
"""


class LSTM:
    def loss(self, log_probas, targets, mask):
        V = log_probas.shape[-1]
        return nn.NLLLoss(ignore_index=0)(log_probas.reshape(-1, V), targets.reshape(-1))
