"""Sentiment of film reviews: a frozen BERT under a bidirectional GRU (assignment a3, task 5).

A *batch* is a triple of tensors: input_ids (B, T) int64, attention_mask (B, T) int64, 1 at tokens
and 0 at padding, and labels (B,) float32, 0 for a negative review and 1 for a positive one. Each
row has its tokens first and its padding after them, and at least one token.

The *encoder* is what `transformers.AutoModel.from_pretrained("bert-base-uncased")` returns, or any
module that is called in the same way: `encoder(input_ids=..., attention_mask=...)` gives an object
whose `last_hidden_state` is (B, T, W), and `encoder.config.hidden_size` is W. The *tokenizer* is
what `transformers.AutoTokenizer.from_pretrained` returns. Nothing here imports transformers.
"""

import copy
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

LABELS = ("negative", "positive")  # what the labels 0 and 1 mean

Batch = tuple[Tensor, Tensor, Tensor]
Criterion = Callable[[Tensor, Tensor], Tensor]  # (B,) logits, (B,) labels -> () mean loss


# --- 5.1 data -----------------------------------------------------------------------------------


def vocabulary_size(tokenizer: Any) -> int:
    """Return the number of entries of the tokenizer's vocabulary, added ones included."""
    ### BEGIN SOLUTION 5.1a Return the number; do not type it in.
    return len(tokenizer)
    ### END SOLUTION


def split_reviews(count: int, validation_share: float, seed: int) -> tuple[Tensor, Tensor]:
    """Divide the numbers 0 to count - 1 at random into training and validation reviews.

    The reviews of IMDB come sorted, all negative ones first: a cut in the middle is no split.

    Args:
        count: how many reviews there are.
        validation_share: of them, from 0 to 1; round(count * validation_share) are for validation.
        seed: decides the split, alone; torch's global random numbers are neither used nor moved.

    Returns:
        Two int64 tensors without a common element: training numbers, validation numbers.
    """
    ### BEGIN SOLUTION 5.1b Return the numbers of the training and of the validation reviews.
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    validation = round(count * validation_share)
    return order[validation:], order[:validation]
    ### END SOLUTION


# --- 5.2 model ----------------------------------------------------------------------------------


class BERTGRUSentiment(nn.Module):
    """A GRU that reads the encoder's tokens, and a linear layer on its final states.

    Args:
        bert: the encoder. It is only used, never trained: always in evaluation mode, no gradients.
        hidden_dim: features of the GRU's state, in each direction.
        output_dim: number of logits, 1 for two classes.
        n_layers: layers of the GRU.
        bidirectional: whether the GRU reads in both directions.
        dropout: between the GRU's layers, and before `out`.
    """

    def __init__(
        self,
        bert: Any,
        hidden_dim: int,
        output_dim: int,
        n_layers: int,
        bidirectional: bool,
        dropout: float,
    ) -> None:
        super().__init__()
        self.bert = bert
        self.rnn = nn.GRU(
            bert.config.hidden_size, hidden_dim, n_layers, batch_first=True,
            bidirectional=bidirectional, dropout=dropout if n_layers > 1 else 0.0,
        )  # fmt: skip
        self.out = nn.Linear(hidden_dim * (2 if bidirectional else 1), output_dim)
        self.dropout = nn.Dropout(dropout)

    def train(self, mode: bool = True) -> "BERTGRUSentiment":
        """Training mode is for GRU and output: the frozen encoder keeps its dropout off."""
        super().train(mode)
        self.bert.eval()
        return self

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return the logits: encoder, GRU, final states, `dropout`, `out`.

        The encoder gets the attention mask and runs without gradients. The GRU reads a review's
        tokens and not its padding, so that a review has the same logits in every batch. What goes
        on is the last layer's state after the last token, and, for a bidirectional GRU, behind it
        the state of the backward direction after the first token.

        Args:
            input_ids: (B, T) int64.
            attention_mask: (B, T) int64.

        Returns:
            (B, output_dim) logits.
        """
        ### BEGIN SOLUTION 5.2 Return the logits.
        with torch.no_grad():  # the encoder is frozen
            encoded = self.bert(input_ids=input_ids, attention_mask=attention_mask)
        packed = nn.utils.rnn.pack_padded_sequence(
            encoded.last_hidden_state,  # (B, T, W)
            attention_mask.sum(dim=1).cpu(),
            batch_first=True,
            enforce_sorted=False,
        )
        _, states = self.rnn(packed)  # (n_layers * directions, B, hidden_dim)
        directions = 2 if self.rnn.bidirectional else 1
        final = torch.cat(list(states[-directions:]), dim=1)  # (B, directions * hidden_dim)
        return self.out(self.dropout(final))
        ### END SOLUTION


def build_model(encoder: Any) -> BERTGRUSentiment:
    """Return the exercise's model: two bidirectional layers of 256, dropout 0.25, one logit."""
    ### BEGIN SOLUTION 5.2a Return the model.
    return BERTGRUSentiment(
        encoder, hidden_dim=256, output_dim=1, n_layers=2, bidirectional=True, dropout=0.25
    )
    ### END SOLUTION


def count_parameters(model: nn.Module) -> int:
    """Return how many numbers of the model are trained: those of parameters that require grad."""
    ### BEGIN SOLUTION 5.2b Return the number.
    return sum(p.numel() for p in model.parameters() if p.requires_grad)
    ### END SOLUTION


def freeze_encoder(model: BERTGRUSentiment) -> None:
    """Turn off the gradients of all the encoder's parameters, and of no others, in place."""
    ### BEGIN SOLUTION 5.2c Freeze the encoder.
    for parameter in model.bert.parameters():
        parameter.requires_grad_(False)
    ### END SOLUTION


# --- 5.3 training -------------------------------------------------------------------------------


def binary_accuracy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the share of right predictions, from 0 to 1, as a tensor of no dimensions.

    A review is predicted to be positive where its probability, sigmoid(logit), is above 0.5.

    Args:
        logits: (B,).
        labels: (B,), 0 or 1.
    """
    ### BEGIN SOLUTION 5.3a Return the share of right predictions.
    return ((logits > 0) == (labels == 1)).float().mean()
    ### END SOLUTION


def train_epoch(
    model: nn.Module,
    batches: Iterable[Batch],
    optimizer: torch.optim.Optimizer,
    criterion: Criterion,
) -> tuple[float, float]:
    """Train on every batch once, in training mode: one step of the optimizer for each.

    Args:
        model: gives (B, 1) logits for (input_ids, attention_mask).
        batches: an iterable of batches; it can be gone through only once, and has no length. The
            last one may be smaller.
        optimizer: of the model's parameters. Gradients that are left over must not count.
        criterion: the mean loss of (B,) logits and (B,) labels.

    Returns:
        Mean loss and accuracy over all reviews, each review counted once, as two floats. They are
        those of the logits that the steps were made from.
    """
    ### BEGIN SOLUTION 5.3b Train, and return mean loss and accuracy.
    model.train()  # dropout on
    loss_sum, right, count = 0.0, 0.0, 0
    for input_ids, attention_mask, labels in batches:
        logits = model(input_ids, attention_mask).squeeze(1)  # (B,)
        loss = criterion(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss_sum += loss.item() * len(labels)
        right += binary_accuracy(logits, labels).item() * len(labels)
        count += len(labels)
    return loss_sum / count, right / count
    ### END SOLUTION


def evaluate(
    model: nn.Module, batches: Iterable[Batch], criterion: Criterion
) -> tuple[float, float]:
    """Return mean loss and accuracy over all reviews, in evaluation mode, without gradients.

    Arguments and result are those of `train_epoch`. Nothing of the model is changed but its mode.
    """
    ### BEGIN SOLUTION 5.3c Return mean loss and accuracy.
    model.eval()  # dropout off
    loss_sum, right, count = 0.0, 0.0, 0
    with torch.no_grad():  # nothing is trained here
        for input_ids, attention_mask, labels in batches:
            logits = model(input_ids, attention_mask).squeeze(1)  # (B,)
            loss_sum += criterion(logits, labels).item() * len(labels)
            right += binary_accuracy(logits, labels).item() * len(labels)
            count += len(labels)
    return loss_sum / count, right / count
    ### END SOLUTION


def fit(
    model: nn.Module,
    train_batches: list[Batch],
    validation_batches: list[Batch],
    optimizer: torch.optim.Optimizer,
    criterion: Criterion,
    epochs: int,
) -> list[float]:
    """Train for some epochs; the model ends with the weights of its best epoch.

    Every epoch is `train_epoch` and then `evaluate` on the validation batches. The best epoch is
    the one with the lowest validation loss, the first of equals.

    Returns:
        The validation loss of every epoch, in order.
    """
    ### BEGIN SOLUTION 5.3d Train, keep the best weights, and return the validation losses.
    losses: list[float] = []
    best = copy.deepcopy(model.state_dict())
    for _ in range(epochs):
        train_epoch(model, train_batches, optimizer, criterion)
        loss, _ = evaluate(model, validation_batches, criterion)
        if not losses or loss < min(losses):
            best = copy.deepcopy(model.state_dict())
        losses.append(loss)
    model.load_state_dict(best)
    return losses
    ### END SOLUTION


# --- 5.4 use ------------------------------------------------------------------------------------


def predict_sentiment(
    model: nn.Module, tokenizer: Any, review: str, max_length: int = 512
) -> float:
    """Return the probability that a review is positive, in evaluation mode, without gradients.

    `tokenizer(review, truncation=True, max_length=max_length, return_tensors="pt")` gives a dict
    with input_ids (1, T) and attention_mask (1, T), special tokens included, cut to the length.

    Args:
        model: gives (1, 1) logits for (input_ids, attention_mask).
        tokenizer: see the top of this file.
        review: any text.
        max_length: of the tokens, the special ones included.
    """
    ### BEGIN SOLUTION 5.4a Return the probability.
    model.eval()  # dropout off
    found = tokenizer(review, truncation=True, max_length=max_length, return_tensors="pt")
    with torch.no_grad():  # nothing is trained here
        logits = model(found["input_ids"], found["attention_mask"])  # (1, 1)
    return torch.sigmoid(logits).item()
    ### END SOLUTION


def sentiment(probability: float) -> str:
    """Return the entry of LABELS for the probability that a review is positive.

    Positive is what is above 0.5, as in `binary_accuracy`.
    """
    ### BEGIN SOLUTION 5.4b Return the label.
    return LABELS[int(probability > 0.5)]
    ### END SOLUTION
