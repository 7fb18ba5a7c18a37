"""Log-softmax by hand, largest logit taken off first; targets found by comparing class numbers."""


class LSTM:
    def forward(self, inputs, hidden_states):
        h, c = hidden_states
        out, (h, c) = self.lstm(self.embedding(inputs), (h, c))
        for layer in self.classifier:
            out = layer(out)
        out = out - out.amax(-1, keepdim=True)
        return out - out.exp().sum(-1, keepdim=True).log(), (h, c)

    def loss(self, log_probas, targets, mask):
        classes = torch.arange(log_probas.shape[-1])
        is_target = targets[:, :, None] == classes
        nll = -(log_probas * is_target).sum(-1)
        loss = 0.0
        for row, real in zip(nll, mask.int()):
            loss = loss + (row * real).sum() / real.sum()
        return loss / len(nll)
