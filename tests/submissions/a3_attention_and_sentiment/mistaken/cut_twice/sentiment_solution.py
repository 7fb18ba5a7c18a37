"""Two tokens too few.

loses: sentiment_solution:predict_sentiment
"""


def predict_sentiment(model, tokenizer, review, max_length=512):
    model.eval()
    found = tokenizer(review, truncation=True, max_length=max_length - 2, return_tensors="pt")
    with torch.no_grad():
        return torch.sigmoid(model(found["input_ids"], found["attention_mask"])).item()
