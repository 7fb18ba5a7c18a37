"""Log-probabilities as logits minus logsumexp; the targets picked out by three indices."""


class LSTM:
    def forward(self, inputs, hidden_states):
        H, last = self.lstm(self.embedding(inputs), hidden_states)
        Y = self.classifier(H)
        return Y - torch.logsumexp(Y, dim=2, keepdim=True), last

    def loss(self, log_probas, targets, mask):
        B, T = targets.shape
        b = torch.arange(B)[:, None]
        t = torch.arange(T)[None, :]
        m = mask.long()
        nll = -log_probas[b, t, targets] * m
        return torch.mean(nll.sum(1) / m.sum(1))
