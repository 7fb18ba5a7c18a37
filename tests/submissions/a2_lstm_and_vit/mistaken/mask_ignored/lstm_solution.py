"""Padding counts like text.

loses: lstm_solution:LSTM.loss
"""


class LSTM:
    def loss(self, log_probas, targets, mask):
        return F.nll_loss(log_probas.transpose(1, 2), targets)
