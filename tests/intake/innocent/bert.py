import torch
from transformers import BertTokenizer, BertModel, AutoModel, AutoTokenizer
tokenizer = BertTokenizer.from_pretrained("bert-base-uncased")
bert = BertModel.from_pretrained("bert-base-uncased")
init_token_id = tokenizer.convert_tokens_to_ids(tokenizer.cls_token)
max_input_length = tokenizer.max_model_input_sizes["bert-base-uncased"]
embedding_dim = bert.config.to_dict()["hidden_size"]
for name, param in bert.named_parameters():
    if name.startswith("bert"):
        param.requires_grad = False
