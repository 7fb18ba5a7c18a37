"""The first element minus the second.

loses: theory_solution:rnn_output
"""


def rnn_output(sequence):
    return torch.sigmoid(1000 * (sequence[:, 0::2] - sequence[:, 1::2]).sum(1))
