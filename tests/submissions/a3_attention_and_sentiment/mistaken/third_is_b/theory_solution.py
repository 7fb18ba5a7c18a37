"""As in the filled copy.

loses: theory_solution:attention_outputs
"""


def attention_outputs():
    return [[0, 1, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0]]
