from torchtext.legacy import data, datasets
import torch, random
TEXT = data.Field(batch_first=True, use_vocab=False)
LABEL = data.LabelField(dtype=torch.float)
train_data, test_data = datasets.IMDB.splits(TEXT, LABEL)
train_data, valid_data = train_data.split(random_state=random.seed(1234))
