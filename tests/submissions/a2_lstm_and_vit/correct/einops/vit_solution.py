"""einops for every change of shape, and for the means too."""

from einops import rearrange, reduce, repeat


class LayerNorm:
    def forward(self, inputs):
        mean = reduce(inputs, "... d -> ... 1", "mean")
        variance = reduce((inputs - mean) ** 2, "... d -> ... 1", "mean")
        return self.weight * (inputs - mean) * (variance + self.eps) ** -0.5 + self.bias


class MultiHeadedAttention:
    def __init__(self, head_size, num_heads, sequence_length):
        super().__init__()
        self.head_size, self.num_heads = head_size, num_heads
        self.sequence_length = sequence_length
        dim = head_size * num_heads
        self.to_qkv = nn.Linear(dim, 3 * dim)
        self.to_out = nn.Linear(dim, dim)

    def split_heads(self, tensor):
        return rearrange(tensor, "b n (h d) -> b h n d", h=self.num_heads)

    def merge_heads(self, tensor):
        return rearrange(tensor, "b h n d -> b n (h d)")

    def get_attention_weights(self, queries, keys):
        dots = queries @ rearrange(keys, "b h n d -> b h d n") * self.head_size**-0.5
        return dots.softmax(dim=-1)

    def apply_attention(self, queries, keys, values):
        out = self.get_attention_weights(queries, keys) @ values
        return self.merge_heads(out)

    def forward(self, hidden_states):
        qkv = rearrange(self.to_qkv(hidden_states), "b n (three h d) -> three b h n d", three=3, h=self.num_heads)
        return self.to_out(self.apply_attention(*qkv))


class PreNormAttentionBlock:
    def forward(self, inputs):
        x = inputs
        x = self.attn(self.layer_norm_1(x)) + x
        x = self.linear(self.layer_norm_2(x)) + x
        return x


class VisionTransformer:
    def get_patches(self, image, patch_size, flatten_channels=True):
        target = "b (h w) (c p1 p2)" if flatten_channels else "b (h w) c p1 p2"
        return rearrange(image, f"b c (h p1) (w p2) -> {target}", p1=patch_size, p2=patch_size)

    def forward(self, image):
        x = self.input_layer(self.get_patches(image, self.patch_size))
        cls_tokens = repeat(self.cls_token, "1 1 d -> b 1 d", b=len(x))
        x = torch.cat([cls_tokens, x], dim=1)
        x = self.dropout(x + self.pos_embedding)
        for block in self.layers:
            x = block(x)
        return self.classifier(x[:, 0])

    def loss(self, preds, labels):
        return F.cross_entropy(preds, labels)
