"""One Linear for queries, keys and values, as in small GPTs; view, transpose, contiguous."""


class LayerNorm:
    def forward(self, inputs):
        mu = inputs.mean(-1, keepdim=True)
        var = inputs.var(-1, keepdim=True, unbiased=False)
        return self.weight * (inputs - mu) / torch.sqrt(var + self.eps) + self.bias


class MultiHeadedAttention:
    def __init__(self, head_size, num_heads, sequence_length):
        super().__init__()
        self.head_size = head_size
        self.num_heads = num_heads
        self.sequence_length = sequence_length
        n_embd = head_size * num_heads
        self.c_attn = nn.Linear(n_embd, 3 * n_embd)
        self.c_proj = nn.Linear(n_embd, n_embd)

    def split_heads(self, tensor):
        B, T, C = tensor.size()
        return tensor.view(B, T, self.num_heads, C // self.num_heads).transpose(1, 2)

    def merge_heads(self, tensor):
        B, nh, T, hs = tensor.size()
        return tensor.transpose(1, 2).contiguous().view(B, T, nh * hs)

    def get_attention_weights(self, queries, keys):
        att = (queries @ keys.transpose(-2, -1)) * (1.0 / math.sqrt(keys.size(-1)))
        return F.softmax(att, dim=-1)

    def apply_attention(self, queries, keys, values):
        att = self.get_attention_weights(queries, keys)  # (B, nh, T, T)
        y = att @ values  # (B, nh, T, T) x (B, nh, T, hs) -> (B, nh, T, hs)
        return self.merge_heads(y)

    def forward(self, hidden_states):
        C = hidden_states.size(2)
        q, k, v = self.c_attn(hidden_states).split(C, dim=2)
        y = self.apply_attention(self.split_heads(q), self.split_heads(k), self.split_heads(v))
        return self.c_proj(y)


class PreNormAttentionBlock:
    def forward(self, inputs):
        x = inputs + self.attn(self.layer_norm_1(inputs))
        x = x + self.linear(self.layer_norm_2(x))
        return x


class VisionTransformer:
    def get_patches(self, image, patch_size, flatten_channels=True):
        B, C, H, W = image.shape
        x = image.reshape(B, C, H // patch_size, patch_size, W // patch_size, patch_size)
        x = x.permute(0, 2, 4, 1, 3, 5)  # (B, H', W', C, p, p)
        x = x.flatten(1, 2)
        if flatten_channels:
            x = x.flatten(2, 4)
        return x

    def forward(self, image):
        x = self.get_patches(image, self.patch_size)
        B, T, _ = x.shape
        x = self.input_layer(x)
        cls_token = self.cls_token.repeat(B, 1, 1)
        x = torch.cat([cls_token, x], dim=1)
        x = x + self.pos_embedding[:, : T + 1]
        x = self.dropout(x)
        for layer in self.layers:
            x = layer(x)
        cls = x[:, 0]
        return self.classifier(cls)

    def loss(self, preds, labels):
        return nn.CrossEntropyLoss()(preds, labels)
