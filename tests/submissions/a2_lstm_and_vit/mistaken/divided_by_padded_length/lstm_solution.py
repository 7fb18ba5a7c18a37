"""The mask is in the numerator only.

loses: lstm_solution:LSTM.loss
"""


class LSTM:
    def loss(self, log_probas, targets, mask):
        nll = F.nll_loss(log_probas.transpose(1, 2), targets, reduction="none")
        return (nll * mask).mean()
