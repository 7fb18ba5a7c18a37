"""Everything through torch.nn.functional, with the stacked weight torch itself uses."""


class LayerNorm:
    def forward(self, inputs):
        centred = inputs - inputs.mean(dim=-1, keepdim=True)
        scale = centred.square().mean(dim=-1, keepdim=True).add(self.eps).sqrt()
        return centred.div(scale).mul(self.weight).add(self.bias)


class MultiHeadedAttention:
    def __init__(self, head_size, num_heads, sequence_length):
        super().__init__()
        self.head_size = head_size
        self.num_heads = num_heads
        self.sequence_length = sequence_length
        embed_dim = head_size * num_heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * embed_dim, embed_dim))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * embed_dim))
        self.out_proj_weight = nn.Parameter(torch.empty(embed_dim, embed_dim))
        self.out_proj_bias = nn.Parameter(torch.zeros(embed_dim))
        nn.init.kaiming_uniform_(self.in_proj_weight, a=math.sqrt(5))
        nn.init.kaiming_uniform_(self.out_proj_weight, a=math.sqrt(5))

    def split_heads(self, tensor):
        return torch.stack(tensor.chunk(self.num_heads, dim=-1), dim=1)

    def merge_heads(self, tensor):
        return torch.cat(tensor.unbind(dim=1), dim=-1)

    def get_attention_weights(self, queries, keys):
        queries = queries / math.sqrt(queries.shape[-1])
        return F.softmax(queries.matmul(keys.transpose(2, 3)), dim=3)

    def apply_attention(self, queries, keys, values):
        return self.merge_heads(self.get_attention_weights(queries, keys).matmul(values))

    def forward(self, hidden_states):
        projected = F.linear(hidden_states, self.in_proj_weight, self.in_proj_bias)
        queries, keys, values = (self.split_heads(part) for part in projected.chunk(3, dim=-1))
        context = self.apply_attention(queries, keys, values)
        return F.linear(context, self.out_proj_weight, self.out_proj_bias)


class PreNormAttentionBlock:
    def forward(self, inputs):
        residual = inputs
        hidden_states = self.attn(self.layer_norm_1(inputs))
        hidden_states = residual + hidden_states
        residual = hidden_states
        hidden_states = self.linear(self.layer_norm_2(hidden_states))
        return residual + hidden_states


class VisionTransformer:
    def get_patches(self, image, patch_size, flatten_channels=True):
        # pixel_unshuffle stores (channel, row, column) of a cell along axis 1
        cells = F.pixel_unshuffle(image, patch_size).flatten(2).mT
        if not flatten_channels:
            cells = cells.unflatten(2, (image.size(1), patch_size, patch_size))
        return cells

    def forward(self, image):
        embedded = F.linear(
            self.get_patches(image, self.patch_size), self.input_layer.weight, self.input_layer.bias
        )
        room_for_cls = F.pad(embedded, (0, 0, 1, 0))
        first = F.pad(self.cls_token, (0, 0, 0, embedded.size(1)))
        x = self.dropout(room_for_cls + first + self.pos_embedding)
        for layer in self.layers:
            x = layer(x)
        return self.classifier(x[:, 0])

    def loss(self, preds, labels):
        per_image = F.cross_entropy(preds, labels, reduction="none")
        return per_image.mean()
