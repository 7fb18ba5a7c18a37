"""gather, times the mask, divided by the lengths."""


class LSTM:
    def forward(self, inputs, hidden_states):
        emb = self.embedding(inputs)  # (B, T, E)
        out, hidden = self.lstm(emb, hidden_states)
        logits = self.classifier(out)  # (B, T, V)
        return F.log_softmax(logits, dim=-1), hidden

    def loss(self, log_probas, targets, mask):
        picked = log_probas.gather(2, targets.unsqueeze(2)).squeeze(2)
        mask = mask.to(picked.dtype)
        nll = -(picked * mask).sum(dim=1) / mask.sum(dim=1)
        return nll.mean()
