"""Short ways."""


def vocabulary_size(tokenizer):
    return len(tokenizer.get_vocab())


def split_reviews(count, validation_share, seed):
    g = torch.Generator()
    g.manual_seed(seed)
    order = torch.argsort(torch.rand(count, generator=g))
    n = count - round(count * validation_share)
    return order[:n], order[n:]


class BERTGRUSentiment:
    def forward(self, input_ids, attention_mask):
        with torch.no_grad():
            x = self.bert(input_ids, attention_mask=attention_mask).last_hidden_state
        packed = nn.utils.rnn.pack_padded_sequence(
            x, attention_mask.sum(1), batch_first=True, enforce_sorted=False)
        h = self.rnn(packed)[1]
        h = torch.cat((h[-2], h[-1]), 1) if self.rnn.bidirectional else h[-1]
        return self.out(self.dropout(h))


def build_model(encoder):
    return BERTGRUSentiment(encoder, 256, 1, 2, True, 0.25)


def count_parameters(model):
    return sum(p.numel() for p in filter(lambda p: p.requires_grad, model.parameters()))


def freeze_encoder(model):
    model.bert.requires_grad_(False)


def binary_accuracy(logits, labels):
    return (torch.sigmoid(logits).round() == labels).to(torch.float64).mean()


def _epoch(model, batches, criterion, optimizer=None):
    losses, right = [], []
    for ids, mask, labels in batches:
        logits = model(ids, mask)[:, 0]
        loss = criterion(logits, labels)
        if optimizer:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        losses += [loss.item()] * len(labels)
        right += [binary_accuracy(logits.detach(), labels).item()] * len(labels)
    return sum(losses) / len(losses), sum(right) / len(right)


def train_epoch(model, batches, optimizer, criterion):
    return _epoch(model.train(), batches, criterion, optimizer)


@torch.no_grad()
def evaluate(model, batches, criterion):
    return _epoch(model.eval(), batches, criterion)


def fit(model, train_batches, validation_batches, optimizer, criterion, epochs):
    found = []
    for epoch in range(epochs):
        train_epoch(model, train_batches, optimizer, criterion)
        loss = evaluate(model, validation_batches, criterion)[0]
        found.append((loss, epoch, {n: w.clone() for n, w in model.state_dict().items()}))
    model.load_state_dict(min(found, key=lambda one: one[:2])[2])
    return [loss for loss, _, _ in found]


@torch.no_grad()
def predict_sentiment(model, tokenizer, review, max_length=512):
    model.eval()
    return model(**tokenizer(review, return_tensors="pt", truncation=True,
                             max_length=max_length)).sigmoid().item()


def sentiment(probability):
    return LABELS[1] if probability > 0.5 else LABELS[0]
