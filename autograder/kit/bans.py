"""Operations an exercise forbids: what they are called in the kernel, in Python and in words.

A ban names the aten operations that do the work and the Python functions that reach it by
other means. `autograder.kit.removal` takes them out of the process before the student's
code is loaded; `autograder.kit.scan` uses the same names to tell a student the line.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ban:
    """A group of operations that do not exist while a check runs."""

    name: str
    says: str  # completes the sentence "... is not allowed in this exercise"
    operations: tuple[str, ...] = ()  # aten operations
    functions: tuple[str, ...] = ()  # dotted names of Python functions

    def __or__(self, other: Ban) -> Ban:
        return Ban(
            f"{self.name}+{other.name}",
            f"{self.says}; {other.says}",
            tuple(dict.fromkeys(self.operations + other.operations)),
            tuple(dict.fromkeys(self.functions + other.functions)),
        )


LAYER_NORM = Ban(
    "layer_norm",
    "nn.LayerNorm and every other ready-made normalisation",
    operations=(
        "layer_norm",
        "native_layer_norm",
        "group_norm",
        "native_group_norm",
        "instance_norm",
        "batch_norm",
        "native_batch_norm",
        "_native_batch_norm_legit",
        "_native_batch_norm_legit.no_stats",
        "_batch_norm_impl_index",
        "rms_norm",
        "_fused_rms_norm",
    ),
    functions=(
        "torch.nn.functional.layer_norm",
        "torch.nn.functional.group_norm",
        "torch.nn.functional.instance_norm",
        "torch.nn.functional.batch_norm",
        "torch.nn.functional.rms_norm",
        "torch.nn.LayerNorm.forward",
        "torch.nn.GroupNorm.forward",
        "torch.nn.RMSNorm.forward",
        "torch._refs.native_layer_norm",
        "torch._refs.native_group_norm",
        "torch._refs._normalize",
        "torch._refs.nn.functional.layer_norm",
        "torch._refs.nn.functional.group_norm",
        "torch._decomp.decompositions.native_layer_norm_backward",
        "torch._decomp.decompositions.native_batch_norm",
        "torch._decomp.decompositions.native_batch_norm_helper",
    ),
)

ATTENTION = Ban(
    "attention",
    "nn.MultiheadAttention, scaled_dot_product_attention and the fused encoder layers",
    operations=(
        "scaled_dot_product_attention",
        "_scaled_dot_product_attention_math",
        "_scaled_dot_product_flash_attention",
        "_scaled_dot_product_flash_attention_for_cpu",
        "_scaled_dot_product_efficient_attention",
        "_scaled_dot_product_cudnn_attention",
        "_scaled_dot_product_fused_attention_overrideable",
        "_flash_attention_forward",
        "_efficient_attention_forward",
        "_native_multi_head_attention",
        "_triton_multi_head_attention",
        "_transform_bias_rescale_qkv",
        "_transformer_encoder_layer_fwd",
        "_triton_scaled_dot_attention",
    ),
    functions=(
        "torch.nn.functional.multi_head_attention_forward",
        "torch.nn.functional._in_projection_packed",
        "torch.nn.MultiheadAttention.forward",
        "torch.nn.TransformerEncoderLayer.forward",
        "torch.nn.TransformerEncoder.forward",
        "torch.nn.TransformerDecoderLayer.forward",
        "torch.nn.Transformer.forward",
        "torch.nn.attention.flex_attention.flex_attention",
        "torch.nn.attention.varlen.varlen_attn",
        "torch._decomp.decompositions.scaled_dot_product_flash_attention_for_cpu",
    ),
)

GRU = Ban(
    "gru",
    "nn.GRUCell, nn.GRU and their functional forms",
    operations=("gru_cell", "gru.input", "gru.data", "quantized_gru_cell", "_thnn_fused_gru_cell"),
    functions=(
        "torch.nn.GRUCell.forward",
        "torch.nn.GRU.forward",
        "torch._decomp.decompositions.gru_impl",
        "torch._decomp.decompositions.gru_impl_data",
        "torch._decomp.decompositions.gru_cell",
    ),
)
