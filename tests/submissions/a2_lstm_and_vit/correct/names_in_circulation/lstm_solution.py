"""NLLLoss as a module, on (B, V, T)."""


class LSTM:
    def forward(self, inputs, hidden_states):
        x = self.embedding(inputs)
        out, hidden_states = self.lstm(x, hidden_states)
        out = self.classifier(out)
        log_softmax = nn.LogSoftmax(dim=2)
        return log_softmax(out), hidden_states

    def loss(self, log_probas, targets, mask):
        criterion = nn.NLLLoss(reduction="none")
        loss = criterion(log_probas.permute(0, 2, 1), targets)
        mask = mask.float()
        loss = loss * mask
        loss = torch.sum(loss, dim=1) / torch.sum(mask, dim=1)
        return torch.mean(loss)
