from torch.utils.tensorboard import SummaryWriter
import wandb
from torchsummary import summary
from torchinfo import summary as info
writer = SummaryWriter(log_dir="runs/vit")
writer.add_scalar("loss/train", 0.3, 1)
wandb.init(project="ift6135", config={"lr": 3e-4})
summary(model, (3, 32, 32))
