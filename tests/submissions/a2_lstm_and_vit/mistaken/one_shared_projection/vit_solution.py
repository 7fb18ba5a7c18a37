"""One Linear serves for queries, keys and values.

loses: vit_solution:MultiHeadedAttention.forward
"""


class MultiHeadedAttention:
    def __init__(self, head_size, num_heads, sequence_length):
        super().__init__()
        self.head_size = head_size
        self.num_heads = num_heads
        self.sequence_length = sequence_length
        self.linear = nn.Linear(head_size * num_heads, head_size * num_heads)
        self.out = nn.Linear(head_size * num_heads, head_size * num_heads)

    def forward(self, hidden_states):
        x = self.split_heads(self.linear(hidden_states))
        return self.out(self.apply_attention(x, x, x))
