"""Two questions of theory whose answers can be executed (assignment a3, tasks 1 and 2)."""

import torch
from torch import Tensor


def rnn_output(sequence: Tensor) -> Tensor:
    """Return what the network of figure 1 computes, in closed form.

    Its state is one number, h_0 = 0, h_t = x_t - h_(t-1). After the last step it answers
    y = sigmoid(1000 h_T). Write y as a function of the sequence: sums over its elements, and no
    steps through the states. The number of tensor operations must not depend on T.

    Args:
        sequence: (B, T) integers, stored as float32 or float64. T is even and at least 2.

    Returns:
        (B,) of the same dtype: what y is in exact arithmetic, rounded to that dtype. For integers
        that is 0, 0.5 or 1.
    """
    ### BEGIN SOLUTION 1 Return y, without going through the states.
    difference = sequence[:, 1::2].sum(dim=1) - sequence[:, 0::2].sum(dim=1)  # (B,), this is h_T
    return torch.sigmoid(1000 * difference)
    ### END SOLUTION


# In task 2, a, b, c and d are orthogonal vectors of the same norm beta, and the tokens are
#     x_1 = d + b,    x_2 = a,    x_3 = c + b.


def token_norms(beta: float) -> tuple[float, float, float]:
    """Return the norms of the three tokens, in order.

    Args:
        beta: the norm of a, b, c and d, any positive number.
    """
    ### BEGIN SOLUTION 2a Return the three norms.
    return 2**0.5 * beta, beta, 2**0.5 * beta
    ### END SOLUTION


def attention_outputs() -> list[list[float]]:
    """Return the outputs of self-attention on the three tokens, in the limit of large beta.

    Queries, keys and values are the tokens themselves, y_i = sum_j softmax_j(x_i . x_j) x_j.

    Returns:
        Three rows, one for each of y_1, y_2 and y_3: the numbers to multiply a, b, c and d by, in
        this order, so that they add up to the output. A list of lists or a (3, 4) tensor.
    """
    ### BEGIN SOLUTION 2b Return three rows of four numbers.
    y_1 = [0.0, 1.0, 0.0, 1.0]  # x_1 . x_1 = 2 beta^2 beats x_1 . x_3 = beta^2: d + b
    y_2 = [1.0, 0.0, 0.0, 0.0]  # its other scores are 0: a
    y_3 = [0.0, 1.0, 1.0, 0.0]  # x_3 . x_3 = 2 beta^2 beats x_3 . x_1 = beta^2: c + b
    return [y_1, y_2, y_3]
    ### END SOLUTION
