import torch
device = torch.device("cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu")
torch.backends.cuda.matmul.allow_tf32 = True
torch.set_float32_matmul_precision("high")
print(f"Using {device}, torch {torch.__version__}")
if torch.cuda.is_available():
    print(torch.cuda.get_device_name(0), torch.cuda.memory_allocated())
