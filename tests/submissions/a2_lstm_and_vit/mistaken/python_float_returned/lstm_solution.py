"""Returns a number without a gradient.

loses: lstm_solution:LSTM.loss
"""


class LSTM:
    def loss(self, log_probas, targets, mask):
        total = 0.0
        for b in range(len(targets)):
            n = int(mask[b].sum())
            total += -log_probas[b, torch.arange(n), targets[b, :n]].mean().item()
        return total / len(targets)
