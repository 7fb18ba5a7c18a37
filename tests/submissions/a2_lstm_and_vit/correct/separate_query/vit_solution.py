"""One Linear for the queries, one for keys and values together; the output layer is made first."""


class LayerNorm:
    def forward(self, inputs):
        variance, mean = torch.var_mean(inputs, -1, correction=0, keepdim=True)
        inverse_deviation = (variance + self.eps).pow(-0.5)
        return self.bias + self.weight * inverse_deviation * (inputs - mean)


class MultiHeadedAttention:
    def __init__(self, head_size, num_heads, sequence_length):
        super().__init__()
        inner = head_size * num_heads
        self.to_out = nn.Linear(inner, inner)
        self.to_kv = nn.Linear(inner, inner * 2)
        self.to_q = nn.Linear(inner, inner)
        self.softmax = nn.Softmax(dim=-1)
        self.head_size = head_size
        self.num_heads = num_heads
        self.sequence_length = sequence_length

    def split_heads(self, tensor):
        return tensor.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)

    def merge_heads(self, tensor):
        return tensor.transpose(1, 2).flatten(start_dim=2)

    def get_attention_weights(self, queries, keys):
        similarity = (keys @ queries.mT).mT  # keys times queries, turned round
        return self.softmax(similarity * self.head_size**-0.5)

    def apply_attention(self, queries, keys, values):
        attention = self.get_attention_weights(queries, keys)
        mixed = (values.mT @ attention.mT).mT
        return self.merge_heads(mixed)

    def forward(self, hidden_states):
        keys, values = self.to_kv(hidden_states).tensor_split(2, dim=-1)
        queries = self.to_q(hidden_states)
        heads = map(self.split_heads, (queries, keys, values))
        return self.to_out(self.apply_attention(*heads))


class PreNormAttentionBlock:
    def forward(self, inputs):
        attended = self.attn(self.layer_norm_1(inputs))
        middle = attended + inputs
        return sum((middle, self.linear(self.layer_norm_2(middle))))


class VisionTransformer:
    def get_patches(self, image, patch_size, flatten_channels=True):
        windows = image.unfold(2, patch_size, patch_size).unfold(3, patch_size, patch_size)
        patches = windows.movedim(1, 3).flatten(1, 2)  # (B, N, C, p, p)
        return patches.flatten(2) if flatten_channels else patches

    def forward(self, image):
        embedded = self.input_layer(self.get_patches(image, self.patch_size))
        cls = self.cls_token.expand(embedded.shape[0], 1, embedded.shape[2])
        first, others = self.pos_embedding[:, :1], self.pos_embedding[:, 1:]
        sequence = self.dropout(torch.hstack((cls + first, embedded + others)))
        for layer in self.layers:
            sequence = layer(sequence)
        return self.classifier(sequence[:, 0])

    def loss(self, preds, labels):
        picked = preds.gather(1, labels.view(-1, 1)).squeeze(1)
        return (preds.logsumexp(1) - picked).mean()
