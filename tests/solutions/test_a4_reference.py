"""The reference of a4 against torch's own modules: float64, values and gradients."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.modules import load_reference

A4 = "a4_vit_from_scratch"


@pytest.fixture(scope="module", autouse=True)
def _float64() -> Any:
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture(scope="module")
def vit() -> Any:
    return load_reference(A4, "vit_from_scratch_solution")


def same(ours: Tensor, theirs: Tensor, *inputs: Tensor) -> bool:
    """Values agree, and so do the gradients of the inputs."""
    weights = torch.linspace(-1, 1, ours.numel()).view_as(ours)
    found = [torch.autograd.grad((one * weights).sum(), inputs) for one in (ours, theirs)]
    pairs = [(ours, theirs), *zip(*found, strict=True)]
    return all(torch.allclose(a, b, rtol=1e-10, atol=1e-12) for a, b in pairs)


def torchs_attention(ours: Any) -> nn.MultiheadAttention:
    """nn.MultiheadAttention with the same four maps."""
    width = ours.query.in_features
    theirs = nn.MultiheadAttention(width, ours.num_heads, batch_first=True)
    maps = (ours.query, ours.key, ours.value)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([one.weight for one in maps]))
        theirs.in_proj_bias.copy_(torch.cat([one.bias for one in maps]))
    theirs.out_proj.load_state_dict(ours.output.state_dict())
    return theirs


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("vit_from_scratch_solution", "MultiHeadSelfAttention"),
        ("einsum_attention_solution", "EinsumSelfAttention"),
    ],
)
@pytest.mark.parametrize("heads", [1, 2, 3])
def test_attention_is_torchs(file: str, name: str, heads: int) -> None:
    ours = getattr(load_reference(A4, file), name)(12, heads)
    x = torch.randn(2, 5, 12, requires_grad=True)
    assert same(ours(x), torchs_attention(ours)(x, x, x, need_weights=False)[0], x)


def test_embedding_is_a_convolution(vit: Any) -> None:
    embed = vit.PatchEmbedding(4, 3, 6)
    images = torch.randn(2, 3, 8, 12, requires_grad=True)
    kernel = embed.projection.weight.view(6, 3, 4, 4)
    convolved = nn.functional.conv2d(images, kernel, embed.projection.bias, stride=4)
    assert same(embed(images), convolved.flatten(2).transpose(1, 2), images)


def test_a_block_is_torchs_encoder_layer(vit: Any) -> None:
    block = vit.EncoderBlock(8, 2, 16)
    layer = nn.TransformerEncoderLayer(
        8, 2, 16, dropout=0, activation="gelu", batch_first=True, norm_first=True
    )
    layer.self_attn = torchs_attention(block.attention)
    for ours, theirs in ((block.norm_1, layer.norm1), (block.norm_2, layer.norm2),
                         (block.mlp[0], layer.linear1), (block.mlp[2], layer.linear2)):  # fmt: skip
        theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, 5, 8, requires_grad=True)
    assert same(block(x), layer(x), x)


@pytest.mark.parametrize(("image", "patch", "tokens"), [(64, 16, 17), (64, 8, 65), (12, 3, 17)])
def test_tokens_follow_from_the_sizes(image: int, patch: int, tokens: int, vit: Any) -> None:
    model = vit.ViT(image, patch, 1, 5, 8, 1, 2, 8)
    assert model.positions.shape == (1, tokens, 8)
    assert model(torch.randn(3, 1, image, image)).shape == (3, 5)


def test_patches_that_do_not_fit_are_refused(vit: Any) -> None:
    with pytest.raises(ValueError, match="cannot be cut"):
        vit.count_patches(64, 15)
