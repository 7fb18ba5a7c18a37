"""The reference of a1 against torch's own modules: float64, values and gradients."""

from __future__ import annotations

import types
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.modules import load_reference

A1 = "a1_sequence_modeling"


@pytest.fixture(scope="module", autouse=True)
def _float64() -> Any:
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture(scope="module")
def main() -> types.ModuleType:
    return load_reference(A1, "main")


def gradients(output: Tensor, *inputs: Tensor) -> list[Tensor]:
    weights = torch.linspace(-1, 1, output.numel()).view_as(output)
    return list(torch.autograd.grad((output * weights).sum(), inputs))


def same(ours: Any, theirs: Any) -> bool:
    return all(
        torch.allclose(a, b, rtol=1e-10, atol=1e-12) for a, b in zip(ours, theirs, strict=True)
    )


def test_the_cell_is_torchs() -> None:
    ours = load_reference(A1, "gru_solution").GRUCell(7, 5)
    theirs = nn.GRUCell(7, 5)
    theirs.load_state_dict(ours.state_dict())
    x, h = torch.randn(3, 7, requires_grad=True), torch.randn(3, 5, requires_grad=True)
    assert same([ours(x, h)], [theirs(x, h)])
    both = [gradients(cell(x, h), x, h, *cell.parameters()) for cell in (ours, theirs)]
    assert same(*both)


@pytest.mark.parametrize("both_directions", [False, True])
@pytest.mark.parametrize("batch_first", [False, True])
def test_translation_is_torchs_gru_and_a_linear_layer(
    both_directions: bool, batch_first: bool, main: types.ModuleType
) -> None:
    net = main.GRUTranslation(3, 5, 7, 2, both_directions, batch_first)
    x = torch.randn(2, 4, 3, requires_grad=True)
    expected = nn.functional.linear(net.gru(x)[0], net.output.weight, net.output.bias)
    assert same([net(x), *gradients(net(x), x)], [expected, *gradients(expected, x)])
    assert net(x).shape == (2, 4, 7)


def test_tokens_are_patches_row_by_row(main: types.ModuleType) -> None:
    embed = main.PatchEmbed(3, 4)
    images = torch.randn(2, 3, 4, 6)
    kernel, bias = embed.proj[0].weight.flatten(1), embed.proj[0].bias
    for number, (row, column) in enumerate((r, c) for r in range(2) for c in range(3)):
        patch = images[:, :, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2].flatten(1)
        token = nn.functional.layer_norm(
            patch @ kernel.T + bias, (4,), embed.norm.weight, embed.norm.bias
        )
        assert same([embed(images)[:, number]], [token])


def test_the_confusion_matrix_counts(main: types.ModuleType) -> None:
    predicted, labels = torch.tensor([0, 2, 2, 1, 2]), torch.tensor([0, 1, 1, 1, 2])
    matrix = main.confusion_matrix(predicted, labels, 4)
    assert matrix.tolist() == [[1, 0, 0, 0], [0, 1, 2, 0], [0, 0, 1, 0], [0, 0, 0, 0]]


def test_the_classifier_takes_each_directions_own_last_state(main: types.ModuleType) -> None:
    model = main.GRUImageClassifier(4, 5, 3, 2, True)
    images = torch.randn(2, 3, 4, 4)
    states, _ = model.gru(model.patch_embed(images))
    ends = torch.cat([states[:, -1, :5], states[:, 0, 5:]], dim=1)
    assert same([model(images)], [model.output(ends)])


def test_attention_is_torchs(main: types.ModuleType) -> None:
    maps = [nn.Linear(6, width) for width in (4, 4, 3)]
    x = torch.randn(2, 5, 6, requires_grad=True)
    parameters = [x, *(p for one in maps for p in one.parameters())]
    ours = main.self_attention(x, *maps)
    theirs = nn.functional.scaled_dot_product_attention(*(one(x) for one in maps))
    wanted = [p for p in parameters if p is not maps[1].bias]  # the softmax cancels the keys' bias
    assert same([ours, *gradients(ours, *wanted)], [theirs, *gradients(theirs, *wanted)])


def test_the_transformer_in_its_six_steps(main: types.ModuleType) -> None:
    model = main.ViT(1, 3, embed_dim=16, num_patches=12).eval()
    nn.init.normal_(model.pos_embed)
    images = torch.randn(2, 1, 6, 8)
    x = torch.cat([model.cls_token.repeat(2, 1, 1), model.patch_embed(images)], dim=1)
    x = x + model.pos_embed
    for layer in model.encoder.layers:
        x = layer.norm1(x + layer.self_attn(x, x, x)[0])
        x = layer.norm2(x + layer.linear2(torch.relu(layer.linear1(x))))
    assert len(model.encoder.layers) == 3 and model.encoder.layers[0].self_attn.num_heads == 4
    assert same([model(images)], [model.head(model.norm(x)[:, 0])])


def test_the_transformer_is_equivariant_and_the_gru_is_not(main: types.ModuleType) -> None:
    x, shuffle = torch.randn(2, 9, 8), torch.randperm(9)
    assert main.transformer_and_gru(x, shuffle) == (True, False)
    assert main.transformer_and_gru(x, torch.arange(9)) == (True, True)
