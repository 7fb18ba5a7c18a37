"""As in the source: means of means.

loses: sentiment_solution:train_epoch
"""


def train_epoch(model, batches, optimizer, criterion):
    model.train()
    losses, accuracies = [], []
    for ids, mask, labels in batches:
        optimizer.zero_grad()
        logits = model(ids, mask).squeeze(1)
        loss = criterion(logits, labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        accuracies.append(binary_accuracy(logits, labels).item())
    return sum(losses) / len(losses), sum(accuracies) / len(accuracies)
