"""Annotated, with the negative log-likelihood per token in a helper."""


def _negative_log_likelihood(log_probas: Tensor, targets: Tensor) -> Tensor:
    """(B, T, V) and (B, T) -> (B, T)"""
    index: Tensor = targets.unsqueeze(-1)
    return torch.gather(log_probas, dim=-1, index=index).squeeze(-1).neg()


class LSTM:
    def forward(
        self, inputs: Tensor, hidden_states: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Log-probabilities of the next token at every position, and the last states."""
        embedded: Tensor = self.embedding(inputs)
        outputs, last = self.lstm(embedded, hidden_states)
        logits: Tensor = self.classifier(outputs)
        return torch.log_softmax(logits, dim=-1), last

    def loss(self, log_probas: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """Mean over sequences of the mean over their real tokens."""
        nll: Tensor = _negative_log_likelihood(log_probas, targets)
        total: Tensor = nll.masked_fill(mask == 0, 0.0).sum(dim=1)
        length: Tensor = mask.to(log_probas.dtype).sum(dim=1)
        return torch.div(total, length).mean()
