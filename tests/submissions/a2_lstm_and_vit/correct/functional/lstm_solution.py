"""Padding is handed to nll_loss as an ignored class of its own (-100, never a real token)."""


class LSTM:
    def forward(self, inputs, hidden_states):
        embedded = F.embedding(inputs, self.embedding.weight, self.embedding.padding_idx)
        encoded, (hidden, cell) = self.lstm(embedded, hidden_states)
        return F.log_softmax(self.classifier(encoded), -1), (hidden, cell)

    def loss(self, log_probas, targets, mask):
        keep = mask.bool()
        targets = targets.masked_fill(~keep, -100)
        nll = F.nll_loss(log_probas.mT, targets, ignore_index=-100, reduction="none")
        return (nll.sum(dim=-1) / keep.sum(dim=-1)).mean()
