"""A fused projection whose output lies head by head: q, k, v of head 0, q, k, v of head 1, ..."""


class LayerNorm:
    def forward(self, inputs):
        mean = inputs.mean(dim=-1, keepdim=True)
        var = torch.var(inputs, dim=-1, correction=0, keepdim=True)
        normalised = (inputs - mean) * torch.rsqrt(var + self.eps)
        return normalised * self.weight + self.bias


class MultiHeadedAttention:
    def __init__(self, head_size, num_heads, sequence_length):
        super().__init__()
        self.sequence_length = sequence_length
        self.num_heads = num_heads
        self.head_size = head_size
        self.qkv_proj = nn.Linear(num_heads * head_size, 3 * num_heads * head_size)
        self.o_proj = nn.Linear(num_heads * head_size, num_heads * head_size)
        nn.init.xavier_uniform_(self.qkv_proj.weight)
        nn.init.zeros_(self.qkv_proj.bias)

    def split_heads(self, tensor):
        batch_size, seq_length, dim = tensor.shape
        tensor = tensor.reshape(batch_size, seq_length, self.num_heads, dim // self.num_heads)
        return tensor.movedim(2, 1)  # [Batch, Head, SeqLen, Dims]

    def merge_heads(self, tensor):
        tensor = tensor.movedim(1, 2)  # [Batch, SeqLen, Head, Dims]
        return tensor.reshape(tensor.shape[0], tensor.shape[1], -1)

    def get_attention_weights(self, queries, keys):
        d_k = queries.size()[-1]
        attn_logits = torch.matmul(queries, keys.transpose(-2, -1))
        attn_logits = attn_logits / math.sqrt(d_k)
        return F.softmax(attn_logits, dim=-1)

    def apply_attention(self, queries, keys, values):
        attention = self.get_attention_weights(queries, keys)
        values = torch.matmul(attention, values)
        return self.merge_heads(values)

    def forward(self, hidden_states):
        batch_size, seq_length, _ = hidden_states.shape
        qkv = self.qkv_proj(hidden_states)
        qkv = qkv.reshape(batch_size, seq_length, self.num_heads, 3 * self.head_size)
        q, k, v = qkv.permute(0, 2, 1, 3).chunk(3, dim=-1)
        return self.o_proj(self.apply_attention(q, k, v))


class PreNormAttentionBlock:
    def forward(self, inputs):
        inp_x = self.layer_norm_1(inputs)
        x = inputs + self.attn(inp_x)
        return x + self.linear(self.layer_norm_2(x))


class VisionTransformer:
    def get_patches(self, image, patch_size, flatten_channels=True):
        rows = image.split(patch_size, dim=2)
        cells = [cell for row in rows for cell in row.split(patch_size, dim=3)]
        x = torch.stack(cells, 1)
        if flatten_channels:
            x = x.flatten(2, 4)
        return x

    def forward(self, image):
        x = self.get_patches(image, self.patch_size)
        B, num_patches, _ = x.shape
        x = self.input_layer(x)

        cls_token = self.cls_token.repeat(B, 1, 1)
        x = torch.cat([cls_token, x], dim=1)
        x = x + self.pos_embedding[:, : num_patches + 1]

        x = self.dropout(x)
        for block in self.layers:
            x = block(x)

        cls = x[:, 0]
        return self.classifier(cls)

    def loss(self, preds, labels):
        return -F.log_softmax(preds, dim=-1).gather(1, labels[:, None]).mean()
