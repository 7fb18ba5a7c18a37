import copy
import torch

def save(model, optimizer, epoch, path="best.pt"):
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, path)

def load(model, path="best.pt"):
    state = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(copy.deepcopy(state["model"]))
    return state["epoch"]
