"""einops and F.nll_loss on a batch laid out as one long line."""

from einops import rearrange, reduce


class LSTM:
    def forward(self, inputs, hidden_states):
        x, hidden_states = self.lstm(self.embedding(inputs), hidden_states)
        logits = rearrange(self.classifier(rearrange(x, "b t d -> (b t) d")), "(b t) v -> b t v", b=len(x))
        return F.log_softmax(logits, dim=-1), hidden_states

    def loss(self, log_probas, targets, mask):
        flat = rearrange(log_probas, "b t v -> (b t) v")
        nll = F.nll_loss(flat, rearrange(targets, "b t -> (b t)"), reduction="none")
        mask = mask.type_as(nll)
        nll = rearrange(nll, "(b t) -> b t", b=len(targets)) * mask
        return reduce(reduce(nll, "b t -> b", "sum") / mask.sum(1), "b -> ", "mean")
