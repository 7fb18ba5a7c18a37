"""Self-attention in linear time (assignment a3, task 3).

Softmax attention has T * T weights. Where the weight of a key is a product of features instead,

    w_ij = phi(q_i) . phi(k_j),        y_i = sum_j w_ij v_j / sum_j w_ij,

the sums over j can be taken first, and no T x T tensor is ever needed (Katharopoulos et al.,
"Transformers are RNNs", 2020). The features are positive, and so all weights are.
"""

import torch.nn.functional as F
from torch import Tensor


def features(x: Tensor) -> Tensor:
    """The feature map phi, for any shape: elu(x) + 1, which is positive. Given."""
    return F.elu(x) + 1


def linear_attention(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Return the y_i of the formula above: every token looks at every token.

    Time and memory grow like T, not like T * T: the grader counts the numbers in all tensors that
    are created, for T and for 4 T tokens, and refuses a tensor of T * T numbers.

    Args:
        queries: (B, T, D), before the feature map.
        keys: (B, T, D), before the feature map.
        values: (B, T, E).

    Returns:
        (B, T, E), of the dtype of the arguments, with gradients to all three.
    """
    # TODO 3.1: Return the attended values, in linear time.
    raise NotImplementedError("TODO 3.1")


def causal_linear_attention(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """The same where token i looks at the tokens j <= i only, itself included.

    Arguments, result and what is refused are those of `linear_attention`.
    """
    # TODO 3.2: Extra: return the attended values, without looking ahead.
    raise NotImplementedError("TODO 3.2")
