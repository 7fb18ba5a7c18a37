"""Rows are predicted classes.

loses: main:confusion_matrix
"""


def confusion_matrix(predictions, labels, num_classes):
    matrix = torch.zeros(num_classes, num_classes, dtype=torch.int64)
    for p, t in zip(predictions, labels):
        matrix[p, t] += 1
    return matrix
