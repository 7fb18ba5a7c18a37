"""The GRU does not fit the features of x: the second verdict crashes.

loses: main:transformer_and_gru
"""


def transformer_and_gru(x, shuffle):
    features = x.shape[-1]
    transformer = nn.TransformerEncoderLayer(features, nhead=4, batch_first=True)
    return (
        is_permutation_equivariant(transformer, x, shuffle),
        is_permutation_equivariant(GRULayer(features + 1), x, shuffle),
    )
