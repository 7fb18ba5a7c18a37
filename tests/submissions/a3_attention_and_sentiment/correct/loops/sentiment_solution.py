"""numpy here and there, two passes, warnings."""
import warnings

import numpy as np


def vocabulary_size(tokenizer):
    warnings.warn("counting")
    return sum(1 for _ in tokenizer.get_vocab())


def split_reviews(count, validation_share, seed):
    order = np.random.default_rng(seed).permutation(count)
    n = round(validation_share * count)
    return torch.from_numpy(order[n:].copy()).long(), torch.from_numpy(order[:n].copy()).long()


class BERTGRUSentiment:
    def forward(self, input_ids, attention_mask):
        with torch.no_grad():
            x = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        lengths = attention_mask.sum(-1)
        order = lengths.argsort(descending=True)
        packed = nn.utils.rnn.pack_padded_sequence(x[order], lengths[order], batch_first=True)
        _, h = self.rnn(packed)
        h = h[:, order.argsort()]
        final = h[-1]
        if self.rnn.bidirectional:
            final = torch.hstack([h[-2], h[-1]])
        return self.out(self.dropout(final))


def build_model(encoder):
    settings = {"hidden_dim": 256, "output_dim": 1, "n_layers": 2, "bidirectional": True, "dropout": 0.25}
    return BERTGRUSentiment(encoder, **settings)


def count_parameters(model):
    return int(sum(np.prod(p.shape) for p in model.parameters() if p.requires_grad))


def freeze_encoder(model):
    [p.requires_grad_(False) for p in model.bert.parameters()]


def binary_accuracy(logits, labels):
    return 1 - ((logits.sigmoid() > 0.5).to(labels.dtype) - labels).abs().mean()


def train_epoch(model, batches, optimizer, criterion):
    model.train()
    loss_sum = right = seen = 0
    for input_ids, attention_mask, labels in batches:
        logits = model(input_ids, attention_mask).squeeze(-1)
        loss = criterion(logits, labels)
        for group in optimizer.param_groups:
            for p in group["params"]:
                p.grad = None
        loss.backward()
        optimizer.step()
        B = len(labels)
        loss_sum, right, seen = loss_sum + B * loss.item(), right + B * binary_accuracy(logits, labels).item(), seen + B
    return loss_sum / seen, right / seen


def evaluate(model, batches, criterion):
    model.eval()
    total = np.zeros(3)
    with torch.no_grad():
        for input_ids, attention_mask, labels in batches:
            logits = model(input_ids, attention_mask).squeeze(-1)
            total += len(labels) * np.array([criterion(logits, labels).item(), binary_accuracy(logits, labels).item(), 1])
    return float(total[0] / total[2]), float(total[1] / total[2])


def fit(model, train_batches, validation_batches, optimizer, criterion, epochs):
    losses, states = [], []
    for epoch in range(epochs):
        train_epoch(model, train_batches, optimizer, criterion)
        losses.append(evaluate(model, validation_batches, criterion)[0])
        states.append(copy.deepcopy(model.state_dict()))
    model.load_state_dict(states[int(np.argmin(losses))])
    return losses


def predict_sentiment(model, tokenizer, review, max_length=512):
    was, _ = model.training, model.eval()
    ids = torch.tensor([tokenizer.encode(review, truncation=True, max_length=max_length)])
    with torch.no_grad():
        p = model(ids, torch.ones_like(ids)).sigmoid()
    return float(p)


def sentiment(probability):
    return ("negative", "positive")[1 if probability > 1 / 2 else 0]
