import os
from PIL import Image
import torch
from torch.utils.data import Dataset, DataLoader, random_split
from torchvision import transforms, datasets

Image.MAX_IMAGE_PIXELS = None

class Folder(Dataset):
    def __init__(self, root, transform=None):
        self.files = sorted(os.path.join(root, f) for f in os.listdir(root) if f.endswith(".jpg"))
        self.transform = transform or transforms.ToTensor()

    def __len__(self):
        return len(self.files)

    def __getitem__(self, i):
        return self.transform(Image.open(self.files[i]).convert("RGB"))

loader = DataLoader(Folder("coco/train"), batch_size=64, shuffle=True, num_workers=os.cpu_count(), pin_memory=True)
