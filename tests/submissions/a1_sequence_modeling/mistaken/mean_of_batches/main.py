"""The mean over the batches' accuracies.

loses: main:evaluate
"""


def evaluate(model, loader):
    mode = model.training
    model.eval()
    shares, guesses, truth = [], [], []
    with torch.no_grad():
        for images, labels in loader:
            logits = model(images)
            shares.append((logits.argmax(1) == labels).float().mean().item())
            guesses.append(logits.argmax(1))
            truth.append(labels)
    model.train(mode)
    matrix = confusion_matrix(torch.cat(guesses), torch.cat(truth), logits.shape[1])
    return sum(shares) / len(shares), matrix
