"""Part 3: permutation equivariance, self-attention, a vision transformer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from autograder.assignments.a1_sequence_modeling.stand_ins import (
    other_equivariance,
    other_patch_embed,
)
from autograder.kit.checks import (
    ATTENTION,
    Absent,
    Draw,
    Observed,
    fill_parts,
    observe,
    pair,
    question,
)

_EQUIVARIANT = "main:is_permutation_equivariant"
_BOTH = "main:transformer_and_gru"
_ATTENTION = "main:self_attention"
_VIT = "main:ViT"


# --- 3.1a permutation equivariance --------------------------------------------------------------


def _cycle(draw: Draw, length: int) -> Tensor:
    """A permutation that moves every step and differs from its inverse (length at least 3)."""
    order = torch.tensor(draw.sizes(length, 0, length - 1))
    shuffle = torch.empty(length, dtype=torch.int64)
    shuffle[order] = order.roll(-1)
    return shuffle


class _Running(nn.Module):
    """The sum of all steps so far: the order matters."""

    def forward(self, x: Tensor) -> Tensor:
        return x.cumsum(dim=1)


class _FirstStep(nn.Module):
    """Only the first step is changed, and only a little."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x[:, :1] * (1 + self.share), x[:, 1:]], dim=1)


class _Notes(list[str]):
    """Notes that a copy of their owner shares."""

    def __deepcopy__(self, _: Any) -> _Notes:
        return self


class _Noting(nn.Module):
    """A linear layer that notes how it was called."""

    def __init__(self, width: int, notes: _Notes) -> None:
        super().__init__()
        self.linear, self.notes = nn.Linear(width, width), notes

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.linear(x)
        mode = "training" if self.training else "evaluation"
        gradients = "gradients" if out.requires_grad else "no gradients"
        self.notes.append(f"{mode} mode, {gradients}, {out.dtype}")
        return out


class _Backwards(nn.Module):
    """The steps in reverse order."""

    def forward(self, x: Tensor) -> Tensor:
        return x.flip(1)


def _transformer(width: int) -> nn.Module:
    return nn.TransformerEncoderLayer(width, 2, 8, batch_first=True)


def _layers(draw: Draw, width: int) -> dict[str, nn.Module]:
    """Layers of both kinds by what a student would call them."""
    layers: dict[str, nn.Module] = {
        "nn.Identity()": nn.Identity(),
        "nn.Linear": nn.Linear(width, width),
        "the mean of all steps added": _WithMean(),
        "nn.TransformerEncoderLayer with dropout": _transformer(width),
        "nn.GRU": _OnlyStates(nn.GRU(width, width, batch_first=True)),
        "torch.cumsum": _Running(),
        "a layer that changes the first step by 0.1 %": _FirstStep(1e-3),
        "a layer that changes the first step by 0.01 %": _FirstStep(1e-4),
        "a layer that changes the first step by 0.0001 %": _FirstStep(1e-6),
        "x.flip(1)": _Backwards(),
    }
    for name, layer in layers.items():
        draw.derived(name).fill(layer)
    return layers


class _WithMean(nn.Module):
    """Mixes the steps, and treats all of them alike."""

    def forward(self, x: Tensor) -> Tensor:
        return x + 2 * x.mean(dim=1, keepdim=True)


class _OnlyStates(nn.Module):
    """An nn.GRU that maps (B, T, D) to (B, T, D)."""

    def __init__(self, gru: nn.GRU) -> None:
        super().__init__()
        self.gru = gru

    def forward(self, x: Tensor) -> Tensor:
        states: Tensor = self.gru(x)[0]
        return states


is_permutation_equivariant = question("3.1a", _EQUIVARIANT)


@is_permutation_equivariant.check(points=0.2, cases=1)
def is_permutation_equivariant_verdicts(student: Any, draw: Draw) -> Observed:
    """Says yes to layers that are equivariant and no to layers that are not."""
    length, width = draw.integer(5, 8), 4
    x, shuffle = draw.normal(3, length, width), _cycle(draw, length)
    answers = {
        name: student.is_permutation_equivariant(layer, x, shuffle)
        for name, layer in _layers(draw, width).items()
    }
    in_place = torch.arange(length)
    swapped = torch.cat([torch.tensor([1, 0]), in_place[2:]])
    further = {
        "torch.cumsum, nothing moved": (_Running(), in_place),
        "nn.Identity(), two steps swapped": (nn.Identity(), swapped),
    }
    for name, (layer, order) in further.items():
        answers[name] = student.is_permutation_equivariant(layer, x, order)
    ask = student.is_permutation_equivariant
    answers["x.flip(1), one sequence"] = ask(_Backwards(), x[:1], shuffle)
    answers["x.flip(1), one step"] = ask(_Backwards(), x[:, :1], torch.tensor([0]))
    return observe(**answers)


@is_permutation_equivariant.check(points=0.1)
def is_permutation_equivariant_hygiene(student: Any, draw: Draw) -> Observed:
    """Compared in float64 and evaluation mode without gradients; layer and x stay as they are."""
    length, width, notes = draw.integer(5, 8), 4, _Notes()
    x, shuffle = draw.normal(3, length, width), _cycle(draw, length)
    layer = nn.Sequential(_transformer(width), _Noting(width, notes))
    draw.fill(layer)
    layer.train(draw.case == 0)
    ask = student.is_permutation_equivariant
    answer, other_dtype = ask(layer, x, shuffle), ask(layer, x.float(), shuffle)
    weight = next(layer.parameters())
    return observe(
        answer=answer,
        answer_for_float32=other_dtype,
        how_the_layer_was_called="; ".join(sorted(set(notes))),
        in_training_mode=layer.training,
        dtype_of_the_layer=str(weight.dtype),
        unchanged={"the layer's weights": weight.detach(), "x": x, "shuffle": shuffle},
    )


transformer_and_gru = question("3.1a", _BOTH, stand_ins=other_equivariance)


@transformer_and_gru.check(points=0.2)
def transformer_and_gru_verdicts(student: Any, draw: Draw) -> Observed:
    """The transformer is equivariant and the GRU is not, unless nothing is moved."""
    length, width = draw.integer(5, 8), 12 if draw.case else 4
    x = draw.normal(2 - draw.case, length, width)
    form = "(transformer, gru)"
    draw.seed_torch()
    moved = pair(student.transformer_and_gru(x, _cycle(draw, length)), form)
    in_place = pair(student.transformer_and_gru(x, torch.arange(length)), form)
    return observe(
        transformer=moved[0],
        gru=moved[1],
        transformer_nothing_moved=in_place[0],
        gru_nothing_moved=in_place[1],
    )


# --- 3.1b self-attention ------------------------------------------------------------------------


def _maps(draw: Draw, scale: float = 0.5) -> tuple[Tensor, list[nn.Linear]]:
    """x and three linear maps; T, D, d_k and d_v all differ."""
    batch, length, width, keys, values = draw.sizes(5, 2, 8)
    maps = [nn.Linear(width, out) for out in (keys, keys, values)]
    for number, one in enumerate(maps):
        draw.derived(f"map {number}").fill(one, scale=scale)
    return draw.normal(batch, length, width, requires_grad=True), maps


def _large_scores(draw: Draw, maps: list[nn.Linear]) -> None:
    """Make all scores large without making them differ more, so that no softmax saturates."""
    query, key, _ = maps
    with torch.no_grad():
        query.weight.mul_(0.1)
        query.bias.fill_(2.0)
        key.bias.fill_((75.0 if draw.case % 2 else 1000.0) / key.out_features**0.5)


self_attention = question("3.1b", _ATTENTION, ban=ATTENTION)


@self_attention.check(points=0.5, cases=4)
def self_attention_values(student: Any, draw: Draw) -> Observed:
    """softmax over the keys of q k^T / sqrt(d_k), times the values."""
    x, maps = _maps(draw)
    return observe(student.self_attention(x, *maps), unchanged={"x": x})


@self_attention.check(points=0.25, cases=1)
def self_attention_gradients(student: Any, draw: Draw) -> Observed:
    """Gradients reach x and the three maps."""
    x, maps = _maps(draw)
    names = ("query", "key", "value")
    weights = {f"{name}.weight": one.weight for name, one in zip(names, maps, strict=True)}
    weights |= {f"{name}.bias": one.bias for name, one in zip(names, maps, strict=True)}
    return observe(student.self_attention(x, *maps), grad_of={"x": x, **weights})


@self_attention.check(points=0.25)
def self_attention_edges(student: Any, draw: Draw) -> Observed:
    """One token, a batch of one, one feature, other maps, scores that overflow a plain exp."""
    x, maps = _maps(draw)
    narrow = [nn.Linear(1, 1).to(draw.dtype) for _ in maps]
    for number, one in enumerate(narrow):
        draw.derived(f"narrow map {number}").fill(one)
    attend = student.self_attention
    seen = observe(
        one_token=attend(x[:, :1], *maps),
        batch_of_one=attend(x[:1], *maps),
        one_feature=attend(x[:, :, :1], *narrow),
        maps_with_tanh=attend(x, *(nn.Sequential(one, nn.Tanh()) for one in maps)),
        strided=attend(x.mT.contiguous().mT, *maps),
    )
    _large_scores(draw, maps)
    return seen | observe(large_scores=attend(x, *maps))


# --- 3.2 ViT ------------------------------------------------------------------------------------

_PARTS = (
    "patch_embed.proj",
    "patch_embed.norm",
    "cls_token",
    "pos_embed",
    "encoder",
    "norm",
    "head",
)


def _vit(
    student: Any, draw: Draw, batch: int = 2, classes: int = 0, rows: int = 3, columns: int = 4
) -> tuple[Any, Tensor]:
    """A small transformer with known parameters, and images of rows x columns patches."""
    channels, drawn = draw.sizes(2, 1, 5)
    model = student.ViT(channels, classes or drawn, embed_dim=8, num_patches=rows * columns)
    fill_parts(draw, model, *_PARTS)
    images = draw.normal(batch, channels, 2 * rows, 2 * columns, requires_grad=True)
    return model.eval(), images


vit = question("3.2", _VIT, stand_ins=other_patch_embed)


@vit.check(points=1)
def vit_values(student: Any, draw: Draw) -> Observed:
    """Tokens, class token in front, positions, three layers of four heads, norm, head."""
    model, images = _vit(student, draw, batch=3)
    small, small_images = _vit(student, draw.derived("small"), 1, classes=1, rows=1, columns=1)
    return observe(
        model(images),
        one_image=model(images[:1]),
        strided=model(images.mT.contiguous().mT),
        one_patch_and_one_class=small(small_images),
        unchanged={"images": images},
    )


@vit.check(points=0.5, cases=1)
def vit_gradients(student: Any, draw: Draw) -> Observed:
    """Class token and positions are learned: gradients reach them, and the head."""
    model, images = _vit(student, draw)
    named = dict(model.named_parameters())
    missing = [name for name in ("cls_token", "pos_embed") if name not in named]
    wanted = {
        "images": images,
        "class token": model.cls_token,
        "positions": model.pos_embed,
        "norm.weight": model.norm.weight,
        "head.weight": model.head.weight,
        "head.bias": model.head.bias,
        "linear1.weight of the first layer": model.encoder.layers[0].linear1.weight,
    }
    return observe(model(images), grad_of=wanted, not_learned=", ".join(missing))


def _encoder(model: Any) -> nn.Module:
    """The documented attribute, where it has been written."""
    found = getattr(model, "encoder", None)
    if not isinstance(found, nn.Module):
        raise Absent("`ViT` has no attribute `encoder`. Create it in `__init__`.")
    return found


def _shares(encoder: nn.Module) -> str:
    """The probabilities with which parts of an encoder drop numbers, each once."""
    parts = list(encoder.modules())
    found = {part.p for part in parts if isinstance(part, nn.Dropout)}
    found |= {part.dropout for part in parts if isinstance(part, nn.MultiheadAttention)}
    return ", ".join(map(str, sorted(found)))


@vit.check(points=0.5, cases=1)
def vit_sizes(student: Any, draw: Draw) -> Observed:
    """The default sizes, for ten classes and images of 32 x 32 pixels, and others."""
    small, default = student.ViT(1, 3, embed_dim=12, num_patches=6), student.ViT()
    seen: dict[str, Any] = {}
    for name, model in (("default", default), ("small", small)):
        seen[f"parameters of the {name} model"] = sum(p.numel() for p in model.parameters())
        seen[f"{name} pos_embed"] = str(tuple(model.pos_embed.shape))
        seen[f"dropout in the encoder of the {name} model"] = _shares(_encoder(model))
    return observe(**seen, output_shape=str(tuple(small.eval()(torch.zeros(1, 1, 4, 6)).shape)))
