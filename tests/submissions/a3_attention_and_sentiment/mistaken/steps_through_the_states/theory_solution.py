"""The right values, by stepping through the states: a loop.

loses: theory_solution:rnn_output
"""


def rnn_output(sequence):
    h = torch.zeros_like(sequence[:, 0])
    for t in range(sequence.shape[1]):
        h = sequence[:, t] - h
    return torch.sigmoid(1000 * h)
