import torch
from torch.cuda.amp import autocast, GradScaler
scaler = GradScaler()
with torch.autocast(device_type="cuda", dtype=torch.bfloat16):
    loss = model(x).loss
scaler.scale(loss).backward()
scaler.step(optimizer)
scaler.update()
model = torch.compile(model)
model = torch.nn.DataParallel(model)
