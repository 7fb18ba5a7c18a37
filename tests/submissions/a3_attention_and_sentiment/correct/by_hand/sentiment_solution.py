"""A GRU over a gathered state instead of packing; sums kept as tensors."""
import random


def vocabulary_size(tokenizer):
    return len(tokenizer.vocab)


def split_reviews(count, validation_share, seed):
    numbers = list(range(count))
    random.Random(seed).shuffle(numbers)
    n = round(count * validation_share)
    return torch.tensor(numbers[n:]), torch.tensor(sorted(numbers[:n]))


class BERTGRUSentiment:
    def forward(self, input_ids, attention_mask):
        with torch.no_grad():
            found = self.bert(input_ids=input_ids, attention_mask=attention_mask)
            tokens = found.last_hidden_state
        rows = []
        for tensor, n in zip(tokens, attention_mask.sum(1).tolist()):
            _, h = self.rnn(tensor[None, :n])
            n = 2 if self.rnn.bidirectional else 1
            rows.append(torch.cat([h[-n + i] for i in range(n)], dim=1))
        return self.out(self.dropout(torch.cat(rows)))


def build_model(encoder):
    return BERTGRUSentiment(bert=encoder, hidden_dim=256, output_dim=1, n_layers=2,
                            bidirectional=True, dropout=0.25)


def count_parameters(model):
    return sum([p.numel() * p.requires_grad for p in model.parameters()])


def freeze_encoder(model):
    for name, param in model.named_parameters():
        if name.startswith("bert"):
            param.requires_grad = False


def binary_accuracy(logits, labels):
    predicted = torch.where(logits > 0, torch.ones_like(labels), torch.zeros_like(labels))
    return torch.sum(predicted == labels) / labels.numel()


def train_epoch(model, batches, optimizer, criterion):
    model.train(True)
    loss_total = torch.zeros(())
    right = count = 0
    for ids, mask, labels in batches:
        model.zero_grad()
        logits = model(ids, mask).flatten()
        loss = criterion(logits, labels)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            loss_total = loss_total + loss * labels.numel()
            right += binary_accuracy(logits, labels).item() * labels.numel()
        count += labels.numel()
    return float(loss_total) / count, right / count


def evaluate(model, batches, criterion):
    model.train(False)
    with torch.inference_mode():
        found = [(model(ids, mask).flatten(), labels) for ids, mask, labels in batches]
        n = [len(labels) for _, labels in found]
        losses = [criterion(*one).item() for one in found]
        shares = [binary_accuracy(*one).item() for one in found]
    mean = lambda xs: sum(x * k for x, k in zip(xs, n)) / sum(n)
    return mean(losses), mean(shares)


def fit(model, train_batches, validation_batches, optimizer, criterion, epochs):
    import io
    losses, best, kept = [], float("inf"), None
    for _ in range(epochs):
        train_epoch(model, train_batches, optimizer, criterion)
        loss, accuracy = evaluate(model, validation_batches, criterion)
        losses.append(loss)
        if loss < best:
            best, kept = loss, io.BytesIO()
            torch.save(model.state_dict(), kept)
    kept.seek(0)
    model.load_state_dict(torch.load(kept))
    return losses


def predict_sentiment(model, tokenizer, review, max_length=512):
    model.eval()
    tokens = tokenizer.tokenize(review)[: max_length - 2]
    ids = [tokenizer.cls_token_id] + tokenizer.convert_tokens_to_ids(tokens) + [tokenizer.sep_token_id]
    ids = torch.LongTensor(ids).unsqueeze(0)
    with torch.no_grad():
        return torch.sigmoid(model(ids, torch.ones_like(ids)))[0, 0].item()


def sentiment(probability):
    if probability <= 0.5:
        return LABELS[0]
    return LABELS[1]
