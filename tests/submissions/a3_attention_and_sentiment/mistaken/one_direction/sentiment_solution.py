"""Forgets the backward direction.

loses: sentiment_solution:build_model
"""


def build_model(encoder):
    return BERTGRUSentiment(encoder, 256, 1, 2, False, 0.25)
