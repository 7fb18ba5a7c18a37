"""One time step after the other, one sequence after the other."""


class LSTM:
    def forward(self, inputs, hidden_states):
        embedded = self.embedding(inputs)
        log_probas = []
        for t in range(inputs.size(1)):
            out, hidden_states = self.lstm(embedded[:, t : t + 1], hidden_states)
            log_probas.append(F.log_softmax(self.classifier(out[:, 0]), dim=1))
        return torch.stack(log_probas, dim=1), hidden_states

    def loss(self, log_probas, targets, mask):
        losses = []
        for i in range(len(targets)):
            total, length = 0, 0
            for t in range(targets.size(1)):
                if mask[i, t]:
                    total = total - log_probas[i, t, targets[i, t]]
                    length += 1
            losses.append(total / length)
        return sum(losses) / len(losses)
