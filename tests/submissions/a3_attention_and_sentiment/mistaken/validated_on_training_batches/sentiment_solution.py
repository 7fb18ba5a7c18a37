"""The best epoch is chosen by the loss on the training batches.

loses: sentiment_solution:fit
"""


def fit(model, train_batches, validation_batches, optimizer, criterion, epochs):
    losses = []
    best = copy.deepcopy(model.state_dict())
    for _ in range(epochs):
        train_epoch(model, train_batches, optimizer, criterion)
        loss, _ = evaluate(model, train_batches, criterion)
        if not losses or loss < min(losses):
            best = copy.deepcopy(model.state_dict())
        losses.append(loss)
    model.load_state_dict(best)
    return losses
