"""take_along_dim for the targets, torch.where for the padding."""


class LSTM:
    def forward(self, inputs, hidden_states):
        vectors = self.embedding(inputs)
        states, new_hidden_states = self.lstm(vectors, hidden_states)
        logits = self.classifier(states)
        log_normaliser = logits.logsumexp(dim=-1).unsqueeze(-1)
        return logits - log_normaliser, new_hidden_states

    def loss(self, log_probas, targets, mask):
        chosen = log_probas.take_along_dim(targets[..., None], dim=-1)[..., 0]
        chosen = torch.where(mask.bool(), chosen, torch.zeros_like(chosen))
        return -torch.mean(torch.sum(chosen, dim=1) / torch.count_nonzero(mask, dim=1))
