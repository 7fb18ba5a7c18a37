"""The student's own small modules: a Projection, a Softmax written out, a module for the tokens."""


class Projection(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.matrix = nn.Parameter(torch.eye(width) + 0.02 * torch.randn(width, width))
        self.offset = nn.Parameter(torch.zeros(width))

    def forward(self, x):
        return torch.addmm(self.offset, x.reshape(-1, x.shape[-1]), self.matrix).reshape(x.shape)


class StableSoftmax(nn.Module):
    def forward(self, scores):
        return torch.exp(scores - torch.logsumexp(scores, dim=-1, keepdim=True))


def moments(x):
    """Mean and biased variance of the last axis, which is kept."""
    mean = x.mean(dim=-1, keepdim=True)
    return mean, x.sub(mean).square().mean(dim=-1, keepdim=True)


class LayerNorm:
    def forward(self, inputs):
        mean, variance = moments(inputs)
        gain = self.weight / torch.sqrt(variance + self.eps)
        return torch.addcmul(self.bias, gain, inputs - mean)


class MultiHeadedAttention:
    def __init__(self, head_size, num_heads, sequence_length):
        super().__init__()
        self.head_size = head_size
        self.num_heads = num_heads
        self.sequence_length = sequence_length
        self.project = nn.ModuleDict({who: Projection(head_size * num_heads) for who in "oqvk"})
        self.normalise = StableSoftmax()

    def split_heads(self, tensor):
        by_head = tensor.chunk(self.num_heads, dim=2)
        return torch.cat([head[:, None] for head in by_head], dim=1)

    def merge_heads(self, tensor):
        return torch.cat(torch.unbind(tensor, 1), dim=-1)

    def get_attention_weights(self, queries, keys):
        scores = torch.matmul(queries, keys.swapaxes(-1, -2))
        return self.normalise(scores.div(self.head_size**0.5))

    def apply_attention(self, queries, keys, values):
        weights = self.get_attention_weights(queries, keys)
        return self.merge_heads(torch.einsum("bhij,bhjd->bhid", weights, values))

    def forward(self, hidden_states):
        projected = {who: self.split_heads(self.project[who](hidden_states)) for who in "qkv"}
        mixed = self.apply_attention(projected["q"], projected["k"], projected["v"])
        return self.project["o"](mixed)


class PreNormAttentionBlock:
    def forward(self, inputs):
        def with_residual(x, norm, branch):
            return x + branch(norm(x))

        inputs = with_residual(inputs, self.layer_norm_1, self.attn)
        return with_residual(inputs, self.layer_norm_2, self.linear)


class VisionTransformer:
    def get_patches(self, image, patch_size, flatten_channels=True):
        b, c, h, w = image.shape
        ys = torch.arange(h).reshape(-1, patch_size)  # (rows, p): the lines of each row of patches
        xs = torch.arange(w).reshape(-1, patch_size)
        patches = image[:, :, ys[:, None, :, None], xs[None, :, None, :]]  # (b, c, rows, cols, p, p)
        patches = patches.flatten(2, 3).swapaxes(1, 2)
        return patches.reshape(*patches.shape[:2], -1) if flatten_channels else patches

    def forward(self, image):
        tokens = [self.cls_token.expand(image.shape[0], -1, -1)]
        tokens.append(self.input_layer(self.get_patches(image, self.patch_size)))
        stream = self.dropout(torch.cat(tokens, dim=1) + self.pos_embedding)
        stream = nn.Sequential(*self.layers)(stream)
        return self.classifier(stream[:, 0])

    def loss(self, preds, labels):
        log_probabilities = torch.log_softmax(preds, dim=-1)
        return F.nll_loss(log_probabilities, labels, reduction="sum") / len(labels)
