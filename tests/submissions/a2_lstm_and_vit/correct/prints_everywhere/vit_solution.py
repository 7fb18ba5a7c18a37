"""Right, but still full of the prints it was debugged with, in every function."""

class LayerNorm:
    def forward(self, inputs):
        mean = inputs.mean(dim=-1, keepdim=True)
        print("mean", mean.shape, mean.flatten()[:3])
        var = ((inputs - mean) ** 2).mean(dim=-1, keepdim=True)
        print("var", var.shape)
        out = (inputs - mean) / (var + self.eps).sqrt()
        print("out has mean", float(out.mean()))
        return out * self.weight + self.bias


class MultiHeadedAttention:
    def __init__(self, head_size, num_heads, sequence_length):
        super().__init__()
        print("building attention", head_size, num_heads, sequence_length)
        self.head_size = head_size
        self.num_heads = num_heads
        self.sequence_length = sequence_length
        self.dim = head_size * num_heads
        self.query = nn.Linear(self.dim, self.dim)
        self.key = nn.Linear(self.dim, self.dim)
        self.value = nn.Linear(self.dim, self.dim)
        self.output = nn.Linear(self.dim, self.dim)

    def split_heads(self, tensor):
        print("split_heads in", tensor.shape)
        batch, seq, dim = tensor.shape
        out = tensor.reshape(batch, seq, self.num_heads, dim // self.num_heads)
        out = torch.transpose(out, 1, 2)
        print("split_heads out", out.shape)
        return out

    def merge_heads(self, tensor):
        print("merge_heads in", tensor.shape)
        batch, heads, seq, dim = tensor.shape
        out = torch.transpose(tensor, 1, 2).reshape(batch, seq, heads * dim)
        print("merge_heads out", out.shape)
        return out

    def get_attention_weights(self, queries, keys):
        print("q", queries.shape, "k", keys.shape)
        energy = torch.matmul(queries, torch.transpose(keys, 2, 3))
        energy = energy / (self.head_size ** (1 / 2))
        print("energy between", energy.min().item(), "and", energy.max().item())
        weights = torch.softmax(energy, dim=-1)
        print("rows sum to", weights.sum(-1).flatten()[:5])
        return weights

    def apply_attention(self, queries, keys, values):
        print("v", values.shape)
        weights = self.get_attention_weights(queries, keys)
        print("weights", weights.shape)
        out = torch.matmul(weights, values)
        return self.merge_heads(out)

    def forward(self, hidden_states):
        print("attention forward", hidden_states.shape, hidden_states.dtype)
        q = self.split_heads(self.query(hidden_states))
        k = self.split_heads(self.key(hidden_states))
        v = self.split_heads(self.value(hidden_states))
        out = self.output(self.apply_attention(q, k, v))
        print("attention done", out.shape)
        return out


class PreNormAttentionBlock:
    def forward(self, inputs):
        print("before the first norm", inputs.std())
        x = inputs + self.attn(self.layer_norm_1(inputs))
        print("before the second norm", x.std())
        x = x + self.linear(self.layer_norm_2(x))
        print("out of the block", x.std())
        return x


class VisionTransformer:
    def get_patches(self, image, patch_size, flatten_channels=True):
        print("image", image.shape, "patch", patch_size)
        b, c, h, w = image.shape
        nh, nw = h // patch_size, w // patch_size
        print("grid", nh, "x", nw)
        patches = image.reshape(b, c, nh, patch_size, nw, patch_size)
        patches = patches.permute(0, 2, 4, 1, 3, 5).contiguous()
        patches = patches.view(b, nh * nw, c, patch_size, patch_size)
        print("patches", patches.shape)
        if flatten_channels:
            patches = patches.view(b, nh * nw, -1)
            print("flat", patches.shape)
        return patches

    def forward(self, image):
        x = self.get_patches(image, self.patch_size)
        x = self.input_layer(x)
        print("embedded", x.shape)
        cls = self.cls_token.expand(x.shape[0], -1, -1)
        print("cls", cls.shape)
        x = torch.cat([cls, x], dim=1)
        print("pos", self.pos_embedding.shape, "x", x.shape)
        x = x + self.pos_embedding
        x = self.dropout(x)
        for i, layer in enumerate(self.layers):
            x = layer(x)
            print("layer", i, x.shape)
        x = self.classifier(x[:, 0])
        print("logits", x)
        return x

    def loss(self, preds, labels):
        print("preds", preds.shape, "labels", labels)
        loss = F.cross_entropy(preds, labels)
        print("loss", loss.item())
        return loss
