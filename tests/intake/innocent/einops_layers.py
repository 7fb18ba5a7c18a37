from einops import rearrange, repeat, reduce, einsum
from einops.layers.torch import Rearrange
import torch
from torch import nn, einsum as te

class Attention(nn.Module):
    def __init__(self, dim, heads=8, dim_head=64):
        super().__init__()
        self.heads, self.scale = heads, dim_head ** -0.5
        self.to_qkv = nn.Linear(dim, dim_head * heads * 3, bias=False)
        self.to_patch = nn.Sequential(Rearrange("b c (h p1) (w p2) -> b (h w) (p1 p2 c)", p1=4, p2=4))

    def forward(self, x):
        q, k, v = map(lambda t: rearrange(t, "b n (h d) -> b h n d", h=self.heads), self.to_qkv(x).chunk(3, dim=-1))
        attn = (te("b h i d, b h j d -> b h i j", q, k) * self.scale).softmax(dim=-1)
        return rearrange(te("b h i j, b h j d -> b h i d", attn, v), "b h n d -> b n (h d)")
