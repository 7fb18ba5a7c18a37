"""Positive first.

loses: sentiment_solution:sentiment
"""


def sentiment(probability):
    return "positive" if probability <= 0.5 else "negative"
