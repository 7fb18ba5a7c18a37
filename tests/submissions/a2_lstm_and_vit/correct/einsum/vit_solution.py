"""Einsum wherever einsum will go; the projections keep their head axis as raw parameters."""

from torch import einsum


class LayerNorm:
    def forward(self, inputs):
        n = inputs.shape[-1]
        mean = einsum("...d->...", inputs)[..., None] / n
        centred = inputs - mean
        variance = einsum("...d,...d->...", centred, centred)[..., None] / n
        return einsum("...d,d->...d", centred / torch.sqrt(variance + self.eps), self.weight) + self.bias


class MultiHeadedAttention:
    def __init__(self, head_size, num_heads, sequence_length):
        super().__init__()
        self.head_size = head_size
        self.num_heads = num_heads
        self.sequence_length = sequence_length
        width = head_size * num_heads
        self.w_in = nn.Parameter(torch.randn(3, width, num_heads, head_size) / width**0.5)
        self.b_in = nn.Parameter(torch.zeros(3, 1, num_heads, 1, head_size))
        self.w_out = nn.Parameter(torch.randn(width, width) / width**0.5)
        self.b_out = nn.Parameter(torch.zeros(width))

    def split_heads(self, tensor):
        b, t, _ = tensor.shape
        return einsum("bthd->bhtd", tensor.reshape(b, t, self.num_heads, -1))

    def merge_heads(self, tensor):
        b, _, t, _ = tensor.shape
        return einsum("bhtd->bthd", tensor).reshape(b, t, -1)

    def get_attention_weights(self, queries, keys):
        scores = einsum("bhqd,bhkd->bhqk", queries, keys)
        return (scores / self.head_size**0.5).softmax(dim=-1)

    def apply_attention(self, queries, keys, values):
        weights = self.get_attention_weights(queries, keys)
        return einsum("bhqk,bhkd->bqhd", weights, values).flatten(2)

    def forward(self, hidden_states):
        q, k, v = einsum("bte,cehd->cbhtd", hidden_states, self.w_in) + self.b_in
        return einsum("bte,ef->btf", self.apply_attention(q, k, v), self.w_out) + self.b_out


class PreNormAttentionBlock:
    def forward(self, inputs):
        after_attention = inputs + self.attn(self.layer_norm_1(inputs))
        return after_attention + self.linear(self.layer_norm_2(after_attention))


class VisionTransformer:
    def get_patches(self, image, patch_size, flatten_channels=True):
        p = patch_size
        b, c, height, width = image.shape
        grid = image.reshape(b, c, height // p, p, width // p, p)
        patches = einsum("bcipjq->bijcpq", grid).reshape(b, -1, c, p, p)
        return patches.flatten(2) if flatten_channels else patches

    def forward(self, image):
        tokens = self.input_layer(self.get_patches(image, self.patch_size))
        ones = torch.ones_like(tokens[:, :1, :1])
        cls = einsum("bxy,xyd->bxd", ones, self.cls_token)
        x = self.dropout(torch.cat((cls, tokens), dim=1) + self.pos_embedding)
        for layer in self.layers:
            x = layer(x)
        return self.classifier(x[:, 0])

    def loss(self, preds, labels):
        one_hot = F.one_hot(labels, preds.shape[-1]).to(preds)
        return -einsum("bc,bc->", one_hot, preds.log_softmax(-1)) / len(labels)
