"""einsum and einops, with prints."""
import math

from einops import rearrange, repeat


class Attention:
    def forward(self, tokens):
        q, k, v = rearrange(self.to_qkv(tokens), "b t (n h d) -> n b h t d", n=3, h=self.heads)
        print(q.shape)
        w = torch.einsum("bhid,bhjd->bhij", q, k).div(math.sqrt(q.size(-1))).softmax(3)
        return self.to_out(rearrange(torch.einsum("bhij,bhjd->bhid", w, v), "b h t d -> b t (h d)"))


class ViT:
    def forward(self, images):
        p = self.patch_size
        x = self.to_patch_embedding(
            rearrange(images, "b c (h i) (w j) -> b (h w) (i j c)", i=p, j=p)
        )
        x = torch.cat([repeat(self.class_token, "1 1 d -> b 1 d", b=x.shape[0]), x], dim=1)
        x = self.dropout(x + self.positions[:, : x.shape[1]])
        x = nn.Sequential(*self.blocks)(x)
        return self.head(self.norm(x[:, 0]))


def fashion_vit(dropout=0.0):
    return ViT(image_size=28, patch_size=4, num_classes=10, dim=64, depth=6, heads=4, mlp_dim=256,
               channels=1, dropout=dropout)


def count_parameters(model):
    return sum(math.prod(p.shape) for p in model.parameters() if p.requires_grad)
