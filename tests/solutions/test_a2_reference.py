"""The reference of a2 agrees with torch's own modules, in float64, in values and gradients."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.course import find_assignment

B, H, T, D = 2, 3, 5, 4


def load(name: str) -> ModuleType:
    path = find_assignment("a2_lstm_and_vit").reference / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


vit, lstm = load("vit_solution"), load("lstm_solution")


@pytest.fixture(autouse=True)
def double() -> Any:
    """float64 and fixed random numbers."""
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def agree(ours: Callable[..., Tensor], theirs: Callable[..., Tensor], *inputs: Tensor) -> None:
    """Same values and same gradients with respect to all inputs."""
    results = []
    for function in (ours, theirs):
        leaves = [x.clone().requires_grad_() for x in inputs]
        output = function(*leaves)
        weights = torch.linspace(-1, 1, output.numel()).reshape(output.shape)
        results.append([output, *torch.autograd.grad((weights * output).sum(), leaves)])
    for mine, right in zip(*results, strict=True):
        torch.testing.assert_close(mine, right, rtol=1e-10, atol=1e-12)


def copy(target: nn.Module, source: nn.Module) -> None:
    """Parameters in order, for modules of the same parts."""
    with torch.no_grad():
        for mine, theirs in zip(target.parameters(), source.parameters(), strict=True):
            mine.copy_(theirs)


@pytest.mark.parametrize("eps", [1e-5, 0.5])
@pytest.mark.parametrize("shape", [(7,), (3, 7), (2, 5, 7)])
def test_layer_norm_is_torchs(eps: float, shape: tuple[int, ...]) -> None:
    ours, theirs = vit.LayerNorm(7, eps=eps), nn.LayerNorm(7, eps=eps)
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.normal_()
    copy(ours, theirs)
    agree(ours, theirs, 3 * torch.randn(shape) + 1)


def attention() -> Any:
    return vit.MultiHeadedAttention(D, H, T)


def test_split_heads_is_the_corrected_example_of_the_hand_out() -> None:
    x = torch.randn(B, T, H * D)
    y = attention().split_heads(x)
    assert y[0, 1, 2, 3] == x[0, 2, D * 1 + 3]


def test_merge_heads_is_the_corrected_example_of_the_hand_out() -> None:
    y = torch.randn(B, H, T, D)
    x = attention().merge_heads(y)
    assert x[0, 1, D * 2 + 3] == y[0, 2, 1, 3]


def test_merge_heads_undoes_split_heads_for_any_width() -> None:
    x = torch.randn(B, T, H * 7)
    assert torch.equal(attention().merge_heads(attention().split_heads(x)), x)


def test_attention_is_torchs_scaled_dot_product_attention() -> None:
    layer = attention()
    agree(
        layer.apply_attention,
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2),
        *(torch.randn(B, H, T, D) for _ in range(3)),
    )


def test_attention_weights_are_finite_and_right_for_scores_in_the_thousands() -> None:
    queries, keys = 100 * torch.randn(B, H, T, D), 100 * torch.randn(B, H, T, D)
    weights = attention().get_attention_weights(queries, keys)
    eye = torch.eye(T).expand(B, H, T, T)
    torch.testing.assert_close(weights, F.scaled_dot_product_attention(queries, keys, eye))


def filled_attention(width: int, heads: int) -> tuple[Any, nn.MultiheadAttention]:
    """Ours and torch's with the same projections."""
    theirs = nn.MultiheadAttention(width, heads, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_bias.normal_()
        theirs.out_proj.bias.normal_()
    ours = vit.MultiHeadedAttention(width // heads, heads, T)
    put_projections(ours, theirs)
    return ours, theirs


def put_projections(ours: Any, theirs: nn.MultiheadAttention) -> None:
    with torch.no_grad():
        parts = zip(theirs.in_proj_weight.chunk(3), theirs.in_proj_bias.chunk(3), strict=True)
        for layer, (weight, bias) in zip((ours.query, ours.key, ours.value), parts, strict=True):
            layer.weight.copy_(weight)
            layer.bias.copy_(bias)
        ours.output.load_state_dict(theirs.out_proj.state_dict())


def test_multi_headed_attention_is_torchs() -> None:
    ours, theirs = filled_attention(H * D, H)
    agree(ours, lambda x: theirs(x, x, x, need_weights=False)[0], torch.randn(B, T, H * D))


@pytest.mark.parametrize(("heads", "size"), [(2, 3), (3, 2), (8, 32)])
def test_it_has_the_parameters_of_four_affine_maps(heads: int, size: int) -> None:
    layer = vit.MultiHeadedAttention(size, heads, T)
    width = heads * size
    assert sum(p.numel() for p in layer.parameters()) == 4 * (width**2 + width)


@pytest.mark.parametrize("norm_first", [True, False])
def test_a_block_is_torchs_encoder_layer(norm_first: bool) -> None:
    width, hidden = H * D, 7
    theirs = nn.TransformerEncoderLayer(
        width, H, hidden, dropout=0.0, activation="gelu", batch_first=True, norm_first=norm_first
    )
    kind = vit.PreNormAttentionBlock if norm_first else vit.PostNormAttentionBlock
    ours = kind(width, hidden, H, T)
    put_projections(ours.attn, theirs.self_attn)
    for mine, right in (
        (ours.layer_norm_1, theirs.norm1),
        (ours.layer_norm_2, theirs.norm2),
        (ours.linear[0], theirs.linear1),
        (ours.linear[3], theirs.linear2),
    ):
        copy(mine, right)
    agree(ours, theirs, torch.randn(B, T, width))


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("patch", [2, 3])
def test_patches_are_those_of_unfold(channels: int, patch: int) -> None:
    model = vit.VisionTransformer(num_layers=1)
    image = torch.randn(B, channels, 2 * patch, 5 * patch)
    agree(
        lambda x: model.get_patches(x, patch),
        lambda x: F.unfold(x, patch, stride=patch).transpose(1, 2),
        image,
    )
    kept = model.get_patches(image, patch, flatten_channels=False)
    assert torch.equal(kept.flatten(2), model.get_patches(image, patch))


@pytest.mark.parametrize("block", ["prenorm", "postnorm"])
def test_the_vision_transformer_is_its_parts_put_together(block: str) -> None:
    model = vit.VisionTransformer(12, 7, 2, 3, 2, 5, 2, 6, block)

    def by_hand(image: Tensor) -> Tensor:
        kernel = model.input_layer.weight.reshape(12, 2, 2, 2)
        tokens = F.conv2d(image, kernel, model.input_layer.bias, stride=2).flatten(2).mT
        tokens = torch.cat([model.cls_token.repeat(len(image), 1, 1), tokens], 1)
        return model.classifier(model.layers[1](model.layers[0](tokens + model.pos_embedding)))[
            :, 0
        ]

    agree(model, by_hand, torch.randn(B, 2, 4, 6))


def test_its_loss_is_cross_entropy() -> None:
    labels = torch.randint(0, 5, (4,))
    model = vit.VisionTransformer(num_layers=1)
    agree(
        lambda x: model.loss(x, labels),
        lambda x: (x.logsumexp(1) - x.gather(1, labels[:, None])[:, 0]).mean(),
        torch.randn(4, 5),
    )


def test_the_language_model_is_its_parts_put_together() -> None:
    model = lstm.LSTM(11, 4, 6, 2, learn_embeddings=True)
    tokens = torch.randint(0, 11, (B, T))

    def by_hand(h: Tensor, c: Tensor) -> Tensor:
        hidden, cell, outputs = list(h), list(c), []
        for step in model.embedding.weight[tokens].unbind(1):
            for layer in range(2):
                gates = sum(
                    F.linear(x, getattr(model.lstm, f"weight_{name}_l{layer}"),
                             getattr(model.lstm, f"bias_{name}_l{layer}"))
                    for x, name in ((step, "ih"), (hidden[layer], "hh"))
                )  # fmt: skip
                i, f, g, o = gates.chunk(4, -1)
                cell[layer] = f.sigmoid() * cell[layer] + i.sigmoid() * g.tanh()
                step = hidden[layer] = o.sigmoid() * cell[layer].tanh()
            outputs.append(step)
        features = F.relu(model.classifier[0](torch.stack(outputs, 1)))
        logits = features @ model.embedding.weight.T
        return torch.cat([(logits - logits.logsumexp(-1, keepdim=True)).flatten(),
                          *map(torch.flatten, hidden), *map(torch.flatten, cell)])  # fmt: skip

    def ours(h: Tensor, c: Tensor) -> Tensor:
        log_probas, (h_n, c_n) = model(tokens, (h, c))
        return torch.cat([log_probas.flatten(), h_n.flatten(), c_n.flatten()])

    agree(ours, by_hand, torch.randn(2, B, 6), torch.randn(2, B, 6))


@pytest.mark.parametrize("dtype", [torch.bool, torch.int64, torch.float64])
def test_its_loss_is_the_mean_of_each_sequences_cross_entropy(dtype: torch.dtype) -> None:
    lengths = [5, 1, 3]
    targets = torch.randint(0, 7, (3, 5))
    mask = torch.tensor([[t < n for t in range(5)] for n in lengths]).to(dtype)
    model = lstm.LSTM(7, 4, 6)
    agree(
        lambda x: model.loss(x.log_softmax(-1), targets, mask),
        lambda x: torch.stack(
            [F.cross_entropy(x[b, :n], targets[b, :n]) for b, n in enumerate(lengths)]
        ).mean(),
        torch.randn(3, 5, 7),
    )
