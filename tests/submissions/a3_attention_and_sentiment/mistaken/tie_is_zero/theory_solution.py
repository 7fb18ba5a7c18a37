"""A comparison forgets the tie.

loses: theory_solution:rnn_output
"""


def rnn_output(sequence):
    h = sequence[:, 1::2].sum(1) - sequence[:, ::2].sum(1)
    return torch.where(h > 0, torch.ones_like(h), torch.zeros_like(h))
