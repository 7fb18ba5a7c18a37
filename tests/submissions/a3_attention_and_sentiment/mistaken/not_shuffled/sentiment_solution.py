"""Cuts the sorted reviews.

loses: sentiment_solution:split_reviews
"""


def split_reviews(count, validation_share, seed):
    n = round(count * validation_share)
    return torch.arange(n, count), torch.arange(n)
