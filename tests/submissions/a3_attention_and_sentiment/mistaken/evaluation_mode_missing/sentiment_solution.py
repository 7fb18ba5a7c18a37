"""Forgets model.eval().

loses: sentiment_solution:evaluate
"""


def evaluate(model, batches, criterion):
    losses, right, n = 0.0, 0.0, 0
    with torch.no_grad():
        for ids, mask, labels in batches:
            logits = model(ids, mask).squeeze(1)
            losses += criterion(logits, labels).item() * len(labels)
            right += binary_accuracy(logits, labels).item() * len(labels)
            n += len(labels)
    return losses / n, right / n
