"""A language model with an LSTM (assignment a2, problem 1).

Everything in this file is given except the bodies of `LSTM.forward` and `LSTM.loss`.
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

States = tuple[Tensor, Tensor]


class LSTM(nn.Module):
    """Predicts each next token of a sequence from the tokens up to it.

    B is the batch size, T the sequence length (any, at least 1), V is `vocabulary_size`, E is
    `embedding_size`, H is `hidden_size` and L is `num_layers`. The parts:

        embedding    token ids (B, T) -> vectors (B, T, E)
        lstm         vectors (B, T, E) and states -> vectors (B, T, H) and states, batch first
        classifier   vectors (B, T, H) -> logits (B, T, V): a linear layer, ReLU, a linear layer

    The last linear layer has no bias, and its weight is the embedding's weight, the same object, as
    in GPT-1. With `learn_embeddings` False that one weight is frozen in both places.
    """

    def __init__(
        self,
        vocabulary_size: int = 40479,
        embedding_size: int = 768,
        hidden_size: int = 512,
        num_layers: int = 1,
        learn_embeddings: bool = False,
        _embedding_weight: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.vocabulary_size = vocabulary_size
        self.embedding_size = embedding_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.learn_embeddings = learn_embeddings

        self.embedding = nn.Embedding(
            vocabulary_size, embedding_size, padding_idx=0, _weight=_embedding_weight
        )
        self.lstm = nn.LSTM(embedding_size, hidden_size, num_layers, batch_first=True)
        logit_layer = nn.Linear(embedding_size, vocabulary_size, bias=False)
        logit_layer.weight = self.embedding.weight
        self.classifier = nn.Sequential(
            nn.Linear(hidden_size, embedding_size), nn.ReLU(), logit_layer
        )
        self.embedding.requires_grad_(learn_embeddings)

    def forward(self, inputs: Tensor, hidden_states: States) -> tuple[Tensor, States]:
        """Return the log-probabilities of the next token at each step, and the last states.

        Args:
            inputs: (B, T), int64, token ids from 0 to V - 1.
            hidden_states: (h_0, c_0), each (L, B, H), in the dtype of the parameters. The LSTM
                starts from them; they need not be zero.

        Returns:
            log_probas: (B, T, V), in the dtype of the parameters. Entry [b, t] holds the logarithms
                of the probabilities of token t + 1 of sequence b, given its tokens up to t: not
                logits. Each [b, t] sums to one after exp, and is finite also for large logits.
            hidden_states: (h_T, c_T), a tuple, each (L, B, H).

        Gradients reach `hidden_states` and every parameter that is not frozen; the arguments are
        not changed in place. Everything in PyTorch is allowed.
        Graded: both results and their gradients, in float32 and float64, for any number of layers.
        """
        # TODO 1.1: Return the log-probabilities of the next tokens and the new states.
        raise NotImplementedError("TODO 1.1")

    def loss(self, log_probas: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """Return the negative log-likelihood per token, averaged within and then over sequences.

        With m = `mask` and w = `targets`, sequence b has the loss

            L_b = - sum_t m[b, t] * log_probas[b, t, w[b, t]] / sum_t m[b, t]

        and the result is the mean of L_1, ..., L_B: a short sequence weighs as much as a long one.

        Args:
            log_probas: (B, T, V), normalised log-probabilities, as `forward` returns them, finite.
            targets: (B, T), int64, from 0 to V - 1. Where the mask is 1, the id 0 counts like any
                other; where it is 0, there may stand any id.
            mask: (B, T), 1 at real tokens and 0 at padding, of any dtype (bool, integer or float).
                Each sequence has at least one real token, and the padding comes after them.

        Returns:
            A tensor without axes, shape (), in the dtype of `log_probas`, that gradients flow
            through. The arguments are not changed in place.

        Allowed: everything in PyTorch: F.nll_loss, F.cross_entropy and nn.CrossEntropyLoss too.
        Graded: the value, and the gradient of the loss with respect to the logits (through
            log_softmax), in float32 and float64.
        """
        # TODO 1.2: Return the loss of the mini-batch as one tensor without axes.
        raise NotImplementedError("TODO 1.2")

    def initial_states(self, batch_size: int, device: torch.device | str | None = None) -> States:
        """Return zeros as (h_0, c_0), each (L, B, H); they are constants and not learned."""
        like = self.embedding.weight
        shape = (self.num_layers, batch_size, self.hidden_size)
        zeros = torch.zeros(shape, dtype=like.dtype, device=device or like.device)
        return zeros, zeros.clone()

    @classmethod
    def load_embeddings_from(
        cls,
        filename: str | Path,
        hidden_size: int = 512,
        num_layers: int = 1,
        learn_embeddings: bool = False,
    ) -> "LSTM":
        """Build a model around the embeddings (V, E) stored as `tokens` in an .npz file."""
        with np.load(filename) as arrays:
            weight = torch.from_numpy(arrays["tokens"])
        vocabulary_size, embedding_size = weight.shape
        return cls(
            vocabulary_size, embedding_size, hidden_size, num_layers, learn_embeddings, weight
        )
