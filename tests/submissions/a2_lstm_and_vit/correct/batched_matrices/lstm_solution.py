"""nll_loss with the classes on axis 1; the mask becomes weights that add up to one."""


class LSTM:
    def forward(self, inputs, hidden_states):
        batch, length = inputs.shape
        features, hidden_states = self.lstm(self.embedding(inputs), hidden_states)
        logits = self.classifier(features.reshape(batch * length, -1))
        return torch.log_softmax(logits, dim=1).view(batch, length, -1), hidden_states

    def loss(self, log_probas, targets, mask):
        nll = F.nll_loss(log_probas.transpose(1, 2), targets, reduction="none")
        mask = mask.to(nll.dtype)
        weights = mask / mask.sum(dim=1, keepdim=True)
        return torch.sum(weights * nll) / nll.size(0)
