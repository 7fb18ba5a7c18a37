"""Reshapes only, softmax by hand."""


class Attention:
    def forward(self, tokens):
        B, T, _ = tokens.shape
        q, k, v = self.to_qkv(tokens).chunk(3, dim=2)
        q, k, v = (x.reshape(B, T, self.heads, -1).permute(0, 2, 1, 3) for x in (q, k, v))
        scores = torch.matmul(q / k.shape[-1] ** 0.5, k.permute(0, 1, 3, 2))
        scores = torch.exp(scores - scores.amax(-1, keepdim=True))
        weights = scores / scores.sum(-1, keepdim=True)
        return self.to_out(torch.matmul(weights, v).permute(0, 2, 1, 3).reshape(B, T, -1))


class ViT:
    def forward(self, images):
        B, C, H, W = images.shape
        p = self.patch_size
        x = images.reshape(B, C, H // p, p, W // p, p).permute(0, 2, 4, 3, 5, 1)
        x = self.to_patch_embedding(x.reshape(B, -1, p * p * C))
        first = self.class_token.repeat(B, 1, 1) + self.positions[:, :1]
        x = self.dropout(torch.cat((first, x + self.positions[:, 1:]), 1))
        for i in range(len(self.blocks)):
            x = self.blocks[i](x)
        return self.head(self.norm(x)[:, 0, :])


def fashion_vit(dropout=0.0):
    return ViT(image_size=28, patch_size=4, channels=1, num_classes=10, dim=64, depth=6, heads=4,
               dim_head=64, mlp_dim=4 * 64, dropout=dropout)


def count_parameters(model):
    total = 0
    for _, p in model.named_parameters():
        if p.requires_grad:
            total += p.numel()
    return total
