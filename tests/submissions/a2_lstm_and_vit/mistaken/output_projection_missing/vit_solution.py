"""The merged heads are returned as they are.

loses: vit_solution:MultiHeadedAttention.forward
"""


class MultiHeadedAttention:
    def __init__(self, head_size, num_heads, sequence_length):
        super().__init__()
        self.head_size = head_size
        self.num_heads = num_heads
        self.sequence_length = sequence_length
        self.q = nn.Linear(head_size * num_heads, head_size * num_heads)
        self.k = nn.Linear(head_size * num_heads, head_size * num_heads)
        self.v = nn.Linear(head_size * num_heads, head_size * num_heads)

    def forward(self, hidden_states):
        q, k, v = (self.split_heads(f(hidden_states)) for f in (self.q, self.k, self.v))
        return self.apply_attention(q, k, v)
