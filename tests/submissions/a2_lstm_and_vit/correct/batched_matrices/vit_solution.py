"""Batch and heads become one axis, then bmm and baddbmm; weights stored as (out, in), used as W.T."""


class LayerNorm:
    def forward(self, inputs):
        var, mean = torch.var_mean(inputs, dim=-1, keepdim=True, unbiased=False)
        out = torch.sub(inputs, mean).div(torch.sqrt(var + self.eps))
        return torch.add(torch.mul(out, self.weight), self.bias)


class MultiHeadedAttention:
    def __init__(self, head_size, num_heads, sequence_length):
        super().__init__()
        self.head_size = head_size
        self.num_heads = num_heads
        self.sequence_length = sequence_length
        size = head_size * num_heads
        self.weight_q = nn.Parameter(torch.empty(size, size))
        self.bias_q = nn.Parameter(torch.zeros(size))
        self.weight_k = nn.Parameter(torch.empty(size, size))
        self.bias_k = nn.Parameter(torch.zeros(size))
        self.weight_v = nn.Parameter(torch.empty(size, size))
        self.bias_v = nn.Parameter(torch.zeros(size))
        self.weight_o = nn.Parameter(torch.empty(size, size))
        self.bias_o = nn.Parameter(torch.zeros(size))
        for weight in (self.weight_q, self.weight_k, self.weight_v, self.weight_o):
            nn.init.xavier_uniform_(weight)

    def split_heads(self, tensor):
        batch, length, width = tensor.size()
        heads = tensor.view(batch, length, self.num_heads, width // self.num_heads)
        return heads.transpose(1, 2).contiguous()

    def merge_heads(self, tensor):
        batch, heads, length, size = tensor.size()
        return tensor.swapaxes(1, 2).reshape((batch, length, heads * size))

    def get_attention_weights(self, queries, keys):
        B, H, T, D = queries.shape
        q = queries.reshape(B * H, T, D)
        k = keys.reshape(B * H, T, D)
        scores = torch.baddbmm(q.new_zeros(1, 1, 1), q, k.mT, beta=0, alpha=D**-0.5)
        return torch.softmax(scores, dim=2).view(B, H, T, T)

    def apply_attention(self, queries, keys, values):
        B, H, T, D = values.shape
        weights = self.get_attention_weights(queries, keys).reshape(B * H, T, T)
        out = torch.bmm(weights, values.reshape(B * H, T, D))
        return self.merge_heads(out.view(B, H, T, D))

    def forward(self, hidden_states):
        queries = self.split_heads(hidden_states @ self.weight_q.T + self.bias_q)
        keys = self.split_heads(hidden_states @ self.weight_k.T + self.bias_k)
        values = self.split_heads(hidden_states @ self.weight_v.T + self.bias_v)
        attended = self.apply_attention(queries, keys, values)
        return attended @ self.weight_o.T + self.bias_o


class PreNormAttentionBlock:
    def forward(self, inputs):
        normed = self.layer_norm_1(inputs)
        hidden_states = torch.add(inputs, self.attn(normed))
        normed = self.layer_norm_2(hidden_states)
        return torch.add(hidden_states, self.linear(normed))


class VisionTransformer:
    def get_patches(self, image, patch_size, flatten_channels=True):
        columns = F.unfold(image, kernel_size=patch_size, stride=patch_size)  # (B, C*p*p, N)
        patches = columns.transpose(1, 2)
        if flatten_channels:
            return patches
        batch, count, _ = patches.shape
        return patches.reshape(batch, count, image.shape[1], patch_size, patch_size)

    def forward(self, image):
        patches = self.get_patches(image, self.patch_size)
        cls = self.cls_token.expand(patches.size(0), -1, -1)
        embeddings = torch.cat((cls, self.input_layer(patches)), dim=1)
        embeddings = self.dropout(torch.add(embeddings, self.pos_embedding))
        for layer in self.layers:
            embeddings = layer(embeddings)
        return self.classifier(embeddings.select(1, 0))

    def loss(self, preds, labels):
        return F.nll_loss(F.log_softmax(preds, dim=1), labels)
