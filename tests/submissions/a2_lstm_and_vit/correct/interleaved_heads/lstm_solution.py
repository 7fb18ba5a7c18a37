"""Real tokens of a sequence chosen with a boolean index, one mean per sequence."""


class LSTM:
    def forward(self, inputs, hidden_states):
        x = self.embedding(inputs)
        x, (h_n, c_n) = self.lstm(x, hidden_states)
        x = self.classifier(x)
        return nn.LogSoftmax(dim=-1)(x), (h_n, c_n)

    def loss(self, log_probas, targets, mask):
        per_sequence = []
        for log_p, words, real in zip(log_probas, targets, mask.bool()):
            per_sequence.append(F.nll_loss(log_p[real], words[real]))
        return torch.stack(per_sequence).mean()
