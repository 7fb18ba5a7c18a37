"""As in the filled copy: n terms of 2 n.

loses: theory_solution:rnn_output
"""


def rnn_output(sequence):
    n = sequence.shape[1] // 2
    signs = (-1.0) ** torch.arange(n)
    h = (sequence[:, -n:].flip(1) * signs.to(sequence)).sum(1)
    return torch.sigmoid(1000 * h)
