"""Norms added.

loses: theory_solution:token_norms
"""


def token_norms(beta):
    return beta + beta, beta, beta + beta
