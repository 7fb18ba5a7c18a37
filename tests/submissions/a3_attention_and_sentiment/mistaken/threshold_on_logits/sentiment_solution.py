"""0.5 on logits.

loses: sentiment_solution:binary_accuracy
"""


def binary_accuracy(logits, labels):
    return ((logits > 0.5).float() == labels).float().mean()
