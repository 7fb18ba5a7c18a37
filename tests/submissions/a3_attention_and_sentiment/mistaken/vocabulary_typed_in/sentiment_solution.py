"""The number that the notebook printed.

loses: sentiment_solution:vocabulary_size
"""


def vocabulary_size(tokenizer):
    return 30522
