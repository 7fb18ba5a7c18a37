"""As few lines as will do; lambdas, comprehensions and reduce."""

from functools import reduce as fold


class LayerNorm:
    def forward(self, inputs):
        v, m = torch.var_mean(inputs, -1, keepdim=True, correction=0)
        return self.weight * ((inputs - m) / (v + self.eps).sqrt()) + self.bias


class MultiHeadedAttention:
    def __init__(self, head_size, num_heads, sequence_length):
        super().__init__()
        self.head_size, self.num_heads, self.sequence_length = head_size, num_heads, sequence_length
        make = lambda: nn.Linear(head_size * num_heads, head_size * num_heads)
        self.q, self.k, self.v, self.o = make(), make(), make(), make()

    def split_heads(self, tensor):
        return tensor.unflatten(2, (self.num_heads, -1)).permute(0, 2, 1, 3)

    def merge_heads(self, tensor):
        return tensor.permute(0, 2, 1, 3).flatten(-2)

    def get_attention_weights(self, queries, keys):
        return (queries @ keys.mT / math.sqrt(self.head_size)).log_softmax(-1).exp()

    def apply_attention(self, queries, keys, values):
        return self.merge_heads(self.get_attention_weights(queries, keys) @ values)

    def forward(self, hidden_states):
        heads = (self.split_heads(f(hidden_states)) for f in (self.q, self.k, self.v))
        return self.o(self.apply_attention(*heads))


class PreNormAttentionBlock:
    def forward(self, inputs):
        h = inputs + self.attn(self.layer_norm_1(inputs))
        return h + self.linear(self.layer_norm_2(h))


class VisionTransformer:
    def get_patches(self, image, patch_size, flatten_channels=True):
        halves = image.unflatten(3, (-1, patch_size)).unflatten(2, (-1, patch_size))
        return halves.permute(0, 2, 4, 1, 3, 5).flatten(1, 2).flatten(2 if flatten_channels else 4)

    def forward(self, image):
        x = self.input_layer(self.get_patches(image, self.patch_size))
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1) + self.pos_embedding
        return self.classifier(fold(lambda h, layer: layer(h), self.layers, self.dropout(x))[:, 0])

    def loss(self, preds, labels):
        return -preds.log_softmax(1)[range(len(preds)), labels].mean()
