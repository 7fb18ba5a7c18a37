"""The mean of (TP + TN) / all over the classes, called accuracy.

loses: main:evaluate
"""


def evaluate(model, loader):
    mode = model.training
    model.eval()
    with torch.no_grad():
        pairs = [(model(images), labels) for images, labels in loader]
    model.train(mode)
    logits, labels = torch.cat([a for a, _ in pairs]), torch.cat([b for _, b in pairs])
    matrix = confusion_matrix(logits.argmax(1), labels, logits.shape[1])
    total = len(labels)
    predictions = logits.argmax(1)
    accuracies = []
    for c in range(logits.shape[1]):
        tp = ((predictions == c) & (labels == c)).sum().item()
        tn = ((predictions != c) & (labels != c)).sum().item()
        accuracies.append((tp + tn) / total)
    return sum(accuracies) / len(accuracies), matrix
