"""Operations that an exercise forbids: their families in the kernel and in Python, and in words.

A ban names families, not single functions: all that torch's dispatcher registers under such a
name, in every overload, and every Python function or module of torch that is called so.
`autograder.kit.removal` takes them out of the process before the student's code is loaded;
`autograder.kit.scan` uses the same names to tell a student the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Ban:
    """A group of operations that do not exist while a check runs.

    says        completes the sentence "... is not allowed in this exercise"
    operations  pattern of the names of operations, without namespace and overload
    functions   pattern of the names of Python functions in torch
    modules     pattern of the names of torch's nn.Module classes
    """

    name: str
    says: str
    operations: str
    functions: str
    modules: str

    def __or__(self, other: Ban) -> Ban:
        return Ban(
            f"{self.name}+{other.name}",
            f"{self.says}; {other.says}",
            f"{self.operations}|{other.operations}",
            f"{self.functions}|{other.functions}",
            f"{self.modules}|{other.modules}",
        )

    def has_operation(self, name: str) -> bool:
        """Whether an operation ("native_layer_norm") is one of these."""
        return re.search(self.operations, name, re.IGNORECASE) is not None

    def has_function(self, name: str) -> bool:
        """Whether a Python function of torch is called like one of these."""
        return re.search(self.functions, name) is not None

    def has_module(self, name: str) -> bool:
        """Whether a class of torch is called like one of these."""
        return re.search(self.modules, name) is not None


_NORMS = r"(layer|group|instance|batch|rms)_norm|qbatch_norm"

LAYER_NORM = Ban(
    "layer_norm",
    "nn.LayerNorm and every other ready-made normalisation",
    operations=_NORMS,
    functions=rf"{_NORMS}|^_normalize$",
    modules=r"(Layer|Group|Instance|Batch|RMS)Norm",
)

ATTENTION = Ban(
    "attention",
    "nn.MultiheadAttention, scaled_dot_product_attention and the fused encoder layers",
    operations=(
        r"attention(?!.*choice)|(?<!fused)_sdpa?_|multi_head|_transform_bias_rescale_qkv"
        r"|_transformer_encoder_layer|_varlen_attn"
    ),
    # Not what only asks or sets: torch itself calls `is_sdpa_error` for anything it traces.
    functions=(
        r"^(?!_?(is|can|set|list|register|activate|restore|current)_)"
        r".*(attention|attn|sdpa_|multi_head|in_projection)"
    ),
    modules=r"Multihead|Attention|Transformer",
)

GRU = Ban(
    "gru",
    "nn.GRUCell, nn.GRU and their functional forms",
    operations=r"gru|^_cudnn_rnn$|^miopen_rnn$",
    functions=r"(^|_)gru",
    modules=r"GRU",
)
