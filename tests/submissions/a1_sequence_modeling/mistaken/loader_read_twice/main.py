"""The loader is read once for the accuracy and once more for the matrix.

loses: main:evaluate
"""


def evaluate(model, loader):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        predicted = torch.cat([model(images).argmax(1) for images, _ in loader])
        true = torch.cat([labels for _, labels in loader])
        classes = model(next(iter(loader))[0]).shape[1]
    model.train(was_training)
    accuracy = (predicted == true).double().mean().item()
    return accuracy, confusion_matrix(predicted, true, classes)
