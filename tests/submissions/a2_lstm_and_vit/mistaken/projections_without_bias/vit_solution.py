"""None of the projections has a bias.

loses: vit_solution:MultiHeadedAttention.forward
"""


class MultiHeadedAttention:
    def __init__(self, head_size, num_heads, sequence_length):
        super().__init__()
        self.head_size, self.num_heads = head_size, num_heads
        self.sequence_length = sequence_length
        dim = head_size * num_heads
        self.to_qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.to_out = nn.Linear(dim, dim, bias=False)

    def forward(self, hidden_states):
        q, k, v = map(self.split_heads, self.to_qkv(hidden_states).chunk(3, dim=-1))
        return self.to_out(self.apply_attention(q, k, v))
