"""Names that say nothing or mislead, modules made in an unusual order; every value is right."""


class LayerNorm:
    def forward(self, inputs):
        foo = inputs - inputs.mean(-1, True)
        bar = foo.pow(2).mean(-1, True)
        foo = foo / bar.add(self.eps).sqrt()
        return foo * self.weight + self.bias


class MultiHeadedAttention:
    def __init__(self, head_size, num_heads, sequence_length):
        super().__init__()
        n = head_size * num_heads
        self.values_layer = nn.Linear(n, n)  # makes the keys
        self.final = nn.Linear(n, n)  # makes the queries
        self.a = nn.Linear(n, n)  # the output projection
        self.keys_layer = nn.Linear(n, n)  # makes the values
        self.num_heads = num_heads
        self.head_size = head_size
        self.sequence_length = sequence_length

    def split_heads(self, tensor):
        return torch.stack(torch.tensor_split(tensor, self.num_heads, 2)).transpose(0, 1)

    def merge_heads(self, tensor):
        return torch.cat([tensor[:, i] for i in range(self.num_heads)], -1)

    def get_attention_weights(self, queries, keys):
        a = torch.matmul(keys, queries.transpose(2, 3))  # keys down, queries across
        a = a.div(math.sqrt(self.head_size)).softmax(2)
        return a.transpose(2, 3)

    def apply_attention(self, queries, keys, values):
        a = torch.matmul(self.get_attention_weights(queries, keys), values)
        return self.merge_heads(a)

    def forward(self, hidden_states):
        stuff = []
        for layer in [self.final, self.values_layer, self.keys_layer]:
            stuff.append(self.split_heads(layer(hidden_states)))
        return self.a(self.apply_attention(*stuff))


class PreNormAttentionBlock:
    def forward(self, inputs):
        thing1 = self.layer_norm_1(inputs)
        thing2 = self.attn(thing1).add(inputs)
        return self.linear(self.layer_norm_2(thing2)).add(thing2)


class VisionTransformer:
    def get_patches(self, image, patch_size, flatten_channels=True):
        b, c, h, w = image.shape
        strips = image.reshape(b, c, h // patch_size, patch_size, w)
        strips = strips.transpose(1, 2)  # (b, rows, c, p, w)
        strips = strips.reshape(b, h // patch_size, c, patch_size, w // patch_size, patch_size)
        tiles = strips.permute(0, 1, 4, 2, 3, 5)
        if flatten_channels:
            return tiles.reshape(b, -1, c * patch_size**2)
        return tiles.reshape(b, -1, c, patch_size, patch_size)

    def forward(self, image):
        thing = self.input_layer(self.get_patches(image, self.patch_size))
        other = [self.cls_token[0]] * len(thing)
        thing = torch.cat([torch.stack(other), thing], 1)
        thing = self.dropout(self.pos_embedding + thing)
        for step in self.layers:
            thing = step(thing)
        return self.classifier(thing)[:, 0]

    def loss(self, preds, labels):
        stuff = torch.zeros_like(preds)
        stuff[range(len(labels)), labels] = 1
        return -(preds.log_softmax(1) * stuff).sum(1).mean()
