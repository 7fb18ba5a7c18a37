"""Prints shapes, losses and the mask."""


class LSTM:
    def forward(self, inputs, hidden_states):
        print("inputs", inputs.shape)
        emb = self.embedding(inputs)
        print("emb", emb.shape, emb.dtype)
        out, hidden_states = self.lstm(emb, hidden_states)
        print("lstm out", out.shape, "h", hidden_states[0].shape)
        out = self.classifier(out)
        print("logits", out.shape)
        out = F.log_softmax(out, dim=2)
        print("sums to one?", out.exp().sum(dim=2).mean().item())
        return out, hidden_states

    def loss(self, log_probas, targets, mask):
        print("mask\n", mask)
        # softmax of log-probabilities gives the same probabilities again
        nll = F.cross_entropy(log_probas.permute(0, 2, 1), targets, reduction="none")
        mask = mask.bool()
        print("nll", nll.shape)
        nll = torch.sum(nll * mask, dim=1) / torch.sum(mask, dim=1)
        print("per sequence", nll)
        loss = torch.mean(nll)
        print("loss =", loss.item())
        return loss
