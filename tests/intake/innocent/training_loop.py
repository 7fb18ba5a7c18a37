import torch
from torch import nn
from tqdm import tqdm

def train(model, loader, optimizer, device="cpu"):
    criterion = nn.CrossEntropyLoss()
    model.train()
    total = 0.0
    for x, y in tqdm(loader, desc="train"):
        x, y = x.to(device), y.to(device)
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item() * len(x)
    return total / len(loader.dataset)
