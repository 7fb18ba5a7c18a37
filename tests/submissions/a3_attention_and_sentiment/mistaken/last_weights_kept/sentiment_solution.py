"""A live state_dict is no copy.

loses: sentiment_solution:fit
"""


def fit(model, train_batches, validation_batches, optimizer, criterion, epochs):
    losses, best = [], None
    for _ in range(epochs):
        train_epoch(model, train_batches, optimizer, criterion)
        losses.append(evaluate(model, validation_batches, criterion)[0])
        if losses[-1] == min(losses):
            best = model.state_dict()
    model.load_state_dict(best)
    return losses
