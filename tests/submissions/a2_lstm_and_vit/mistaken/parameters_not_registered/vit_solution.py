"""The matrices are plain tensors: no optimiser would ever see them.

loses: vit_solution:MultiHeadedAttention.forward
"""


class MultiHeadedAttention:
    def __init__(self, head_size, num_heads, sequence_length):
        super().__init__()
        self.head_size = head_size
        self.num_heads = num_heads
        self.sequence_length = sequence_length
        n = head_size * num_heads
        self.W = [torch.randn(n, n, requires_grad=True) for _ in range(4)]
        self.b = [torch.zeros(n, requires_grad=True) for _ in range(4)]

    def forward(self, hidden_states):
        q, k, v = (
            self.split_heads(hidden_states @ self.W[i].to(hidden_states) + self.b[i].to(hidden_states))
            for i in range(3)
        )
        out = self.apply_attention(q, k, v)
        return out @ self.W[3].to(out) + self.b[3].to(out)
