"""Known mistakes of part 2: patches, evaluation, the GRU that reads images."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from autograder.kit.mistakes import misconception

_EMBED = "main:PatchEmbed"
_MATRIX = "main:confusion_matrix"
_EVALUATE = "main:evaluate"
_CLASSIFIER = "main:GRUImageClassifier"
Loader = Iterable[tuple[Tensor, Tensor]]


# --- 2.1 PatchEmbed -----------------------------------------------------------------------------


@misconception(
    _EMBED,
    hint="Features and tokens are mixed up: `view` or `reshape` from (B, E, N) to (B, N, E) moves "
    "no number. Exchange the two axes instead.",
)
def reshaped_not_transposed(reference: Any) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        flat = self.proj(images)
        return self.norm(flat.reshape(flat.shape[0], flat.shape[2], flat.shape[1]))

    reference.PatchEmbed.forward = forward


@misconception(
    _EMBED,
    hint="The tokens come column by column. Row-major order: the top row of patches first.",
)
def column_by_column(reference: Any) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        cells = self.proj[0](images).transpose(2, 3).flatten(2)
        return self.norm(cells.transpose(1, 2))

    reference.PatchEmbed.forward = forward


@misconception(_EMBED, hint="The tokens have not been through `norm`.")
def not_normalised(reference: Any) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        return self.proj(images).transpose(1, 2)

    reference.PatchEmbed.forward = forward


@misconception(_EMBED, hint="The features come before the tokens: (B, N, E) is asked for.")
def features_first(reference: Any) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        return self.norm(self.proj(images).transpose(1, 2)).transpose(1, 2)

    reference.PatchEmbed.forward = forward


@misconception(_EMBED, hint="There is a ReLU in it that the description does not have.")
def relu_added(reference: Any) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        return self.norm(torch.relu(self.proj(images)).transpose(1, 2))

    reference.PatchEmbed.forward = forward


@misconception(
    _EMBED,
    hint="Neighbouring patches overlap: the step of the convolution has to be as long as its "
    "kernel.",
)
def overlapping_patches(reference: Any) -> None:
    right = reference.PatchEmbed.__init__

    def init(self: Any, in_channels: int, embed_dim: int) -> None:
        right(self, in_channels, embed_dim)
        self.proj[0].stride = (1, 1)

    reference.PatchEmbed.__init__ = init


# --- 2.2a evaluation ----------------------------------------------------------------------------


@misconception(
    _MATRIX,
    hint="Rows and columns are exchanged: a row for each true class, a column for each predicted "
    "one.",
)
def matrix_transposed(reference: Any) -> None:
    right = reference.confusion_matrix
    reference.confusion_matrix = lambda predictions, labels, classes: right(
        labels, predictions, classes
    )


@misconception(
    _MATRIX,
    hint="Entries are shares. Count images; the entries add up to their number, as int64.",
)
def shares_not_counts(reference: Any) -> None:
    right = reference.confusion_matrix

    def confusion_matrix(predictions: Tensor, labels: Tensor, num_classes: int) -> Tensor:
        counts = right(predictions, labels, num_classes)
        return counts / counts.sum(dim=1, keepdim=True)

    reference.confusion_matrix = confusion_matrix


@misconception(
    _MATRIX,
    hint="Each kind of pair is counted once: `matrix[labels, predictions] += 1` adds only once "
    "where an index occurs several times.",
)
def repeated_pairs_counted_once(reference: Any) -> None:
    def confusion_matrix(predictions: Tensor, labels: Tensor, num_classes: int) -> Tensor:
        matrix = torch.zeros(num_classes, num_classes, dtype=torch.int64)
        matrix[labels, predictions] += 1
        return matrix

    reference.confusion_matrix = confusion_matrix


@misconception(_MATRIX, hint="The counts are floats; the matrix is int64.")
def counts_as_floats(reference: Any) -> None:
    right = reference.confusion_matrix
    reference.confusion_matrix = lambda *arguments: right(*arguments).float()


def _collect(reference: Any, model: Any, loader: Loader) -> tuple[list[Tensor], list[Tensor]]:
    """Logits and labels by batch, measured properly."""
    was_training = model.training
    model.eval()
    with torch.no_grad():
        batches = [(model(images), labels) for images, labels in loader]
    model.train(was_training)
    return [logits for logits, _ in batches], [labels for _, labels in batches]


@misconception(
    _EVALUATE,
    hint="The mean of (TP + TN) / all over the classes is not accuracy: it also counts each image "
    "that is rightly not given a class. Top-1 accuracy is the share of images that got their own "
    "class.",
)
def mean_per_class(reference: Any) -> None:
    def evaluate(model: nn.Module, loader: Loader) -> tuple[float, Tensor]:
        logits, labels = _collect(reference, model, loader)
        predicted, true = torch.cat(logits).argmax(1), torch.cat(labels)
        classes = logits[0].shape[1]
        matrix = reference.confusion_matrix(predicted, true, classes)
        hits = [((predicted == c) == (true == c)).double().mean() for c in range(classes)]
        return torch.stack(hits).mean().item(), matrix

    reference.evaluate = evaluate


@misconception(
    _EVALUATE,
    hint="The mean of the batches' accuracies gives an image of a short batch more weight than "
    "others. Count over all images.",
)
def mean_of_batches(reference: Any) -> None:
    right = reference.evaluate

    def evaluate(model: nn.Module, loader: Loader) -> tuple[float, Tensor]:
        batches = list(loader)
        _, matrix = right(model, batches)
        logits, labels = _collect(reference, model, batches)
        shares = [(x.argmax(1) == y).double().mean() for x, y in zip(logits, labels, strict=True)]
        return torch.stack(shares).mean().item(), matrix

    reference.evaluate = evaluate


@misconception(_EVALUATE, hint="The accuracy is a percentage; a share from 0 to 1 is asked for.")
def percentage(reference: Any) -> None:
    right = reference.evaluate

    def evaluate(model: nn.Module, loader: Loader) -> tuple[float, Tensor]:
        accuracy, matrix = right(model, loader)
        return 100 * accuracy, matrix

    reference.evaluate = evaluate


@misconception(_EVALUATE, hint="The matrix is that of the last batch; it has to count all images.")
def matrix_of_the_last_batch(reference: Any) -> None:
    right = reference.evaluate

    def evaluate(model: nn.Module, loader: Loader) -> tuple[float, Tensor]:
        batches = list(loader)
        accuracy, _ = right(model, batches)
        return accuracy, right(model, batches[-1:])[1]

    reference.evaluate = evaluate


@misconception(
    _EVALUATE,
    hint="Afterwards the model is in training mode, even if it came in evaluation mode. Put back "
    "the mode in which it came.",
)
def always_back_to_training(reference: Any) -> None:
    right = reference.evaluate

    def evaluate(model: nn.Module, loader: Loader) -> tuple[float, Tensor]:
        result = right(model, loader)
        model.train()
        return result

    reference.evaluate = evaluate


@misconception(
    _EVALUATE,
    hint="Afterwards the model is still in evaluation mode: training goes on without dropout.",
)
def left_in_evaluation_mode(reference: Any) -> None:
    right = reference.evaluate

    def evaluate(model: nn.Module, loader: Loader) -> tuple[float, Tensor]:
        result = right(model, loader)
        model.eval()
        return result

    reference.evaluate = evaluate


@misconception(
    _EVALUATE, hint="Gradients are recorded while the model is measured: use torch.no_grad()."
)
def gradients_recorded(reference: Any) -> None:
    def evaluate(model: nn.Module, loader: Loader) -> tuple[float, Tensor]:
        was_training = model.training
        model.eval()
        batches = [(model(images), labels) for images, labels in loader]
        model.train(was_training)
        predicted = torch.cat([logits.argmax(1) for logits, _ in batches])
        true = torch.cat([labels for _, labels in batches])
        matrix = reference.confusion_matrix(predicted, true, batches[0][0].shape[1])
        return (predicted == true).double().mean().item(), matrix

    reference.evaluate = evaluate


# --- 2.2b GRUImageClassifier --------------------------------------------------------------------


@misconception(
    _CLASSIFIER,
    hint="The states of the last token are taken for both directions. The backward direction reads "
    "from the end: its last state belongs to the first token.",
)
def backward_state_of_the_last_token(reference: Any) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        return self.output(self.gru(self.patch_embed(images))[0][:, -1])

    reference.GRUImageClassifier.forward = forward


@misconception(
    _CLASSIFIER, hint="The states are averaged over the tokens; the last state is asked for."
)
def mean_over_tokens(reference: Any) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        return self.output(self.gru(self.patch_embed(images))[0].mean(1))

    reference.GRUImageClassifier.forward = forward


@misconception(
    _CLASSIFIER,
    hint="The state of the first layer is taken: the last states of all layers lie in order, so "
    "that those of the last layer come last.",
)
def first_layer(reference: Any) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        last = self.gru(self.patch_embed(images))[1]
        directions = 2 if self.gru.bidirectional else 1
        return self.output(torch.cat(list(last[:directions]), dim=1))

    reference.GRUImageClassifier.forward = forward


@misconception(_CLASSIFIER, hint="The two directions are exchanged: the forward state comes first.")
def states_exchanged(reference: Any) -> None:
    def forward(self: Any, images: Tensor) -> Tensor:
        last = self.gru(self.patch_embed(images))[1]
        directions = 2 if self.gru.bidirectional else 1
        return self.output(torch.cat(list(last[-directions:])[::-1], dim=1))

    reference.GRUImageClassifier.forward = forward


@misconception(_CLASSIFIER, hint="Probabilities come out; return the logits, without softmax.")
def classifier_probabilities(reference: Any) -> None:
    right = reference.GRUImageClassifier.forward
    reference.GRUImageClassifier.forward = lambda self, images: right(self, images).softmax(-1)


@misconception(
    _CLASSIFIER,
    hint="Tokens are read across the batch: the GRU takes its first axis for the sequence unless "
    "it is made with batch_first=True.",
)
def batch_read_as_sequence(reference: Any) -> None:
    right = reference.GRUImageClassifier.__init__

    def init(self: Any, *arguments: Any, **named: Any) -> None:
        right(self, *arguments, **named)
        self.gru.batch_first = False

    def forward(self: Any, images: Tensor) -> Tensor:
        states = self.gru(self.patch_embed(images))[0]
        return self.output(states[:, -1])

    reference.GRUImageClassifier.__init__ = init
    reference.GRUImageClassifier.forward = forward
