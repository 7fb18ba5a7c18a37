"""Annotated and documented like a library; small private helpers at module level."""


def _scaled_scores(queries: Tensor, keys: Tensor, head_size: int) -> Tensor:
    """Dot products of all queries with all keys of a head, over the root of its size."""
    factor: float = math.pow(head_size, -0.25)  # shared out between both sides
    return torch.matmul(queries * factor, (keys * factor).transpose(-1, -2))


def _grid_of(image: Tensor, patch_size: int) -> tuple[int, int]:
    """How many patches fit below and beside each other."""
    return image.shape[-2] // patch_size, image.shape[-1] // patch_size


class LayerNorm:
    def forward(self, inputs: Tensor) -> Tensor:
        """Normalise (*, hidden_size) over its last axis."""
        mean: Tensor = inputs.mean(dim=-1, keepdim=True)
        deviation: Tensor = inputs - mean
        variance: Tensor = (deviation * deviation).mean(dim=-1, keepdim=True)
        return deviation / torch.sqrt(variance + self.eps) * self.weight + self.bias


class MultiHeadedAttention:
    def __init__(self, head_size: int, num_heads: int, sequence_length: int) -> None:
        super().__init__()
        self.head_size: int = head_size
        self.num_heads: int = num_heads
        self.sequence_length: int = sequence_length
        self.projections = nn.ModuleDict(
            {
                name: nn.Linear(self.hidden_size, self.hidden_size)
                for name in ("output", "value", "key", "query")
            }
        )

    @property
    def hidden_size(self) -> int:
        """Width of the hidden states, all heads side by side."""
        return self.head_size * self.num_heads

    def split_heads(self, tensor: Tensor) -> Tensor:
        """(B, T, H * dim) -> (B, H, T, dim)"""
        batch, length, width = tensor.shape
        return tensor.reshape(batch, length, self.num_heads, width // self.num_heads).swapdims(1, 2)

    def merge_heads(self, tensor: Tensor) -> Tensor:
        """(B, H, T, dim) -> (B, T, H * dim)"""
        batch, heads, length, dim = tensor.shape
        return tensor.swapdims(1, 2).reshape(batch, length, heads * dim)

    def get_attention_weights(self, queries: Tensor, keys: Tensor) -> Tensor:
        """One row per query, which sums to one over the keys."""
        return torch.softmax(_scaled_scores(queries, keys, self.head_size), dim=-1)

    def apply_attention(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """The values, mixed by the attention weights, heads side by side."""
        weights: Tensor = self.get_attention_weights(queries, keys)
        return self.merge_heads(torch.matmul(weights, values))

    def forward(self, hidden_states: Tensor) -> Tensor:
        """Self-attention from projection to projection."""
        queries: Tensor = self.split_heads(self.projections["query"](hidden_states))
        keys: Tensor = self.split_heads(self.projections["key"](hidden_states))
        values: Tensor = self.split_heads(self.projections["value"](hidden_states))
        return self.projections["output"](self.apply_attention(queries, keys, values))


class PreNormAttentionBlock:
    def forward(self, inputs: Tensor) -> Tensor:
        """Normalise first, then add: the residual path is never normalised."""
        attention_out: Tensor = self.attn(self.layer_norm_1(inputs))
        hidden_states: Tensor = inputs + attention_out
        linear_out: Tensor = self.linear(self.layer_norm_2(hidden_states))
        return hidden_states + linear_out


class VisionTransformer:
    def get_patches(self, image: Tensor, patch_size: int, flatten_channels: bool = True) -> Tensor:
        """Cut images into patches, row by row."""
        down, across = _grid_of(image, patch_size)
        batch, channels = image.shape[:2]
        patches = image.new_empty(batch, down * across, channels, patch_size, patch_size)
        for index in range(down * across):
            y, x = divmod(index, across)
            y, x = y * patch_size, x * patch_size
            patches[:, index] = image[:, :, y : y + patch_size, x : x + patch_size]
        return patches.flatten(start_dim=2) if flatten_channels else patches

    def forward(self, image: Tensor) -> Tensor:
        """Images to logits."""
        patches: Tensor = self.get_patches(image, self.patch_size)  # (B, N, C * p * p)
        tokens: Tensor = self.input_layer(patches)  # (B, N, D)
        cls: Tensor = self.cls_token.expand(tokens.shape[0], -1, -1)  # (B, 1, D)
        hidden: Tensor = torch.cat([cls, tokens], dim=1) + self.pos_embedding  # (B, N + 1, D)
        hidden = self.dropout(hidden)
        for layer in self.layers:
            hidden = layer(hidden)
        return self.classifier(hidden[:, 0])  # (B, num_classes)

    def loss(self, preds: Tensor, labels: Tensor) -> Tensor:
        """Mean cross entropy over the images."""
        criterion: nn.Module = nn.CrossEntropyLoss(reduction="mean")
        return criterion(preds, labels)
