"""Gives an attention layer known projections, wherever and however it keeps its parameters.

A student may hold the four affine maps in four Linears, in one, in raw tensors in either
orientation, or in one Linear per head. Names and shapes say nothing. But each single number
among the parameters is one entry of W_Q, b_Q, W_K, b_K, W_V, b_V, W_O or b_O, and which one it
is shows in its derivatives: b_O moves one channel by the same amount everywhere, W_O moves one
channel, a value weight moves the features of one channel, row a of a map is still when channel a
of the input is zero, and queries cannot matter at a token that is zero.

So the layer is differentiated at a few inputs chosen for the purpose, every entry is put into
its place, and then the layer is filled with the grader's own projections. All that is used of
the attention itself is that weights are positive and sum to one over the keys.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from autograder.kit.checks import ContractBroken, Draw


def place_projections(layer: Any, heads: int, size: int, length: int, draw: Draw) -> _Finder:
    """Find the entries of the four maps in a float64 layer and fill them from `draw`.

    The result knows where they are: see `projection_gradients`.
    """
    finder = _Finder(layer, heads * size, length, draw)
    finder.find_output()
    finder.find_values()
    finder.find_queries_and_keys(heads, size)
    finder.fill()
    return finder


class _Finder:
    """Flat indices into the layer's parameters, one table a map: [input channel, feature]."""

    def __init__(self, layer: Any, width: int, length: int, draw: Draw) -> None:
        self.layer, self.width, self.length = layer, width, length
        self.draw, self.fillings = draw.derived("search"), draw.derived("projections")
        self.parameters = [p for p in layer.parameters() if p.requires_grad]
        self.count = sum(p.numel() for p in self.parameters)
        if not self.count:
            raise ContractBroken("x has no learnable parameters: register them in __init__")
        self.theta = self.draw.normal(self.count, scale=0.4)
        self.taken = torch.zeros(self.count, dtype=torch.bool)

    # --- tools ---

    def write(self) -> None:
        """Copy the flat vector into the layer."""
        with torch.no_grad():
            start = 0
            for parameter in self.parameters:
                end = start + parameter.numel()
                parameter.copy_(self.theta[start:end].view_as(parameter))
                start = end

    def gradient(self, x: Tensor, weights: Tensor) -> Tensor:
        """The derivative of sum(weights * layer(x)) with respect to every parameter entry."""
        return self.derivative(self.output_of(x), weights)

    def output_of(self, x: Tensor) -> Tensor:
        """What the layer gives: a tensor of the form of its input, that can be differentiated."""
        output = self.layer(x)
        if not isinstance(output, Tensor) or output.shape != x.shape:
            shape = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
            raise ContractBroken(f"y has shape {tuple(x.shape)}; x is {shape}")
        if not output.requires_grad:
            raise ContractBroken("x does not depend on any learnable parameter")
        return output

    def derivative(self, output: Tensor, weights: Tensor) -> Tensor:
        """As `gradient`, of an output that has been computed."""
        found = torch.autograd.grad(
            output, self.parameters, weights, retain_graph=True, allow_unused=True
        )
        parts = [
            (torch.zeros_like(p) if g is None else g).reshape(-1)
            for p, g in zip(self.parameters, found, strict=True)
        ]
        return torch.cat(parts).double()

    def channelwise(self, x: Tensor) -> Tensor:
        """(width, count): the derivative of each output channel, weighted over the tokens."""
        over_tokens = self.draw.normal(1, x.shape[1], 1).abs() + 0.5
        output = self.output_of(x)
        rows = []
        for channel in range(self.width):
            weights = torch.zeros_like(x)
            weights[..., channel] = over_tokens[..., 0]
            rows.append(self.derivative(output, weights))
        return torch.stack(rows) / over_tokens.sum()

    def input(self) -> Tensor:
        return self.draw.normal(1, self.length, self.width)

    # --- the four maps ---

    def find_output(self) -> None:
        """b_O and W_O are the entries that move one channel alone."""
        self.write()
        seen = torch.stack([self.channelwise(self.input()) for _ in range(3)])  # (3, width, count)
        alone = _live(seen).any(0).sum(0) == 1
        if not alone.any():
            raise ContractBroken(_NO_OUTPUT)
        channel = _live(seen).any(0).double().argmax(0)  # of the entries that move one alone
        signature = seen.sum(1)  # (3, count): the entry's own derivative at three inputs
        constant = alone & _near(signature, torch.ones(3, 1, dtype=torch.float64)).all(0)
        self.output_bias = self._one_per_channel(
            constant, channel, "bias b_O of the output projection"
        )
        weights = alone & ~constant
        rows = [torch.nonzero(weights & (channel == c)).flatten() for c in range(self.width)]
        if any(len(row) != self.width for row in rows):
            raise ContractBroken(
                "x has no full output projection: y multiplies the merged heads by a matrix W_O of "
                f"{self.width} by {self.width} entries that is used for nothing else"
            )
        table = torch.empty(self.width, self.width, dtype=torch.long)  # [feature, channel]
        first = signature[:, rows[0]]  # (3, width): one column a feature
        for c, row in enumerate(rows):
            distance = (signature[:, row][:, None, :] - first[:, :, None]).abs().sum(0)
            if distance.min(1).values.max() > 1e-8 * first.abs().max():
                raise ContractBroken(_NO_OUTPUT)  # entries of the values, moved one to one
            table[:, c] = row[distance.argmin(1)]
        self.output = table
        self.taken[table] = True
        self.taken[self.output_bias] = True

    def _one_per_channel(self, entries: Tensor, channel: Tensor, what: str) -> Tensor:
        found = [torch.nonzero(entries & (channel == c)).flatten() for c in range(self.width)]
        if any(len(one) != 1 for one in found):
            raise ContractBroken(f"x has no {what}: all four projections have one")
        return torch.cat(found)

    def find_values(self) -> None:
        """With W_O the identity and equal tokens x, W_V[a, r] moves channel r by x[a], b_V by 1."""
        self.theta[self.output] = torch.eye(self.width, dtype=torch.float64)
        self.write()
        token = torch.arange(2.0, self.width + 2, dtype=torch.float64)  # all different, none 1
        moved = self.channelwise(token.expand(1, self.length, self.width).contiguous())
        moved[:, self.taken] = 0
        self.values = torch.empty(self.width, self.width, dtype=torch.long)  # [input, feature]
        self.value_bias = torch.empty(self.width, dtype=torch.long)
        for feature in range(self.width):
            for a, amount in enumerate([*token.tolist(), 1.0]):
                hits = torch.nonzero(_near(moved[feature], torch.tensor(amount))).flatten()
                if len(hits) != 1:
                    raise ContractBroken(
                        "the value projection of x is not an affine map of its own: y has "
                        "v = x W_V + b_V with entries that are used for nothing else"
                    )
                if a < self.width:
                    self.values[a, feature] = hits[0]
                else:
                    self.value_bias[feature] = hits[0]
        self.taken[self.values] = True
        self.taken[self.value_bias] = True

    def find_queries_and_keys(self, heads: int, size: int) -> None:
        """Rows by zeroed channels, queries by a zeroed token, units by one-hot query biases."""
        n = self.width
        rest = ~self.taken
        x, weights = self.input(), self.draw.normal(1, self.length, n)
        reach = _live(self.channelwise(x)[None]).any(0)  # (channel, count): who moves whom
        live = rest & reach.any(0)
        row = torch.full((self.count,), -1)
        for a in range(n):
            still = x.clone()
            still[..., a] = 0
            row[live & ~_live(self.gradient(still, weights))] = a
        at_first = torch.zeros_like(weights)
        at_first[:, 0] = weights[:, 0]
        blank = x.clone()
        blank[:, 0] = 0
        at_blank = _live(self.gradient(blank, at_first))
        queries = live & (row >= 0) & ~at_blank
        keys = live & (row >= 0) & at_blank
        biases = torch.nonzero(live & (row < 0)).flatten()
        if int(queries.sum()) != n * n or int(keys.sum()) != n * n:
            raise ContractBroken(
                "the query and key projections of x are not two affine maps of their own: y has "
                "q = x W_Q + b_Q and k = x W_K + b_K"
            )
        # Units: feature s of the keys answers to feature s of the queries. With W_Q = 0 and
        # b_Q = 1 at s alone, only column s of W_K (and b_K[s]) has a derivative.
        saved = self.theta.clone()
        self.theta[queries] = 0
        self.theta[biases] = 0
        answers: list[tuple[int, Tensor, Tensor]] = []  # b_Q[s], W_K[:, s], who else answers
        for bias in biases.tolist():
            self.theta[bias] = 1
            self.write()
            answer = _live(self.gradient(x, weights))
            column = torch.nonzero(answer & keys).flatten()
            if len(column) == n:
                answers.append((bias, column[row[column].argsort()], answer))
            self.theta[bias] = 0
        if len(answers) != n:
            raise ContractBroken("the query projection of x has no bias b_Q that is its own")
        # Other query biases of the same head answer as well; what is left is b_K[s].
        of_queries = {bias for bias, _, _ in answers}
        of_keys = [bias for bias in biases.tolist() if bias not in of_queries]
        units: list[tuple[int, Tensor, int]] = []  # b_Q[s], W_K[:, s], b_K[s] or -1
        for bias, column, answer in answers:
            partner = [b for b in of_keys if answer[b]]
            units.append((bias, column, partner[0] if partner else -1))
        self.theta = saved
        self.write()
        self._order(units, reach, heads, size)
        self._query_columns(queries, row, weights)
        self.taken[self.queries] = self.taken[self.keys] = self.taken[self.query_bias] = True
        used = self.taken.clone()
        used[[unit[2] for unit in units if unit[2] >= 0]] = True
        self.dead = torch.nonzero(~used).flatten()  # b_K, where softmax makes it invisible
        if not self.key_bias.numel() and len(self.dead) < n:
            raise ContractBroken("the key projection of x has no bias b_K: all four have one")

    def _order(
        self, units: list[tuple[int, Tensor, int]], reach: Tensor, heads: int, size: int
    ) -> None:
        """Group units by the channels they move: those are the features of their head."""
        groups: dict[tuple[int, ...], list[tuple[int, Tensor, int]]] = {}
        for unit in units:
            channels = tuple(torch.nonzero(reach[:, unit[1][0]]).flatten().tolist())
            groups.setdefault(channels, []).append(unit)
        if sorted(map(len, groups)) != [size] * heads or any(
            len(members) != size for members in groups.values()
        ):
            raise ContractBroken(
                f"x does not attend in {heads} separate heads of {size} features each"
            )
        order = torch.tensor([channel for channels in groups for channel in channels])
        self.output, self.values = self.output[order], self.values[:, order]
        self.value_bias = self.value_bias[order]
        ordered = [unit for members in groups.values() for unit in members]
        self.query_bias = torch.tensor([unit[0] for unit in ordered])
        self.keys = torch.stack([unit[1] for unit in ordered], dim=1)
        self.key_bias = torch.tensor([unit[2] for unit in ordered if unit[2] >= 0])

    def _query_columns(self, queries: Tensor, row: Tensor, weights: Tensor) -> None:
        """Where channel a is 1 at every token, W_Q[a, s] has the derivative of b_Q[s]."""
        self.queries = torch.empty(self.width, self.width, dtype=torch.long)
        for a in range(self.width):
            x = self.input()
            x[..., a] = 1
            gradient = self.gradient(x, weights)
            candidates = torch.nonzero(queries & (row == a)).flatten()
            if len(candidates) != self.width:
                raise ContractBroken("the query projection of x is not a full affine map")
            distance = (gradient[candidates][None] - gradient[self.query_bias][:, None]).abs()
            self.queries[a] = candidates[distance.argmin(1)]

    def fill(self) -> None:
        """The same projections for every layer, in any layout."""
        n = self.width
        for table in (self.queries, self.keys, self.values, self.output):
            self.theta[table] = self.fillings.normal(n, n, scale=0.7)
        for table in (self.query_bias, self.value_bias, self.output_bias):
            self.theta[table] = self.fillings.normal(n)
        key_bias = self.fillings.normal(n)
        if self.key_bias.numel() == n:
            self.theta[self.key_bias] = key_bias
        self.write()

    def projection_gradients(self, x: Tensor) -> dict[str, Tensor]:
        """Gradients with respect to the maps, in one order for every layout."""
        weights = torch.linspace(-1, 1, x.numel(), dtype=x.dtype).reshape(x.shape)
        gradient = self.gradient(x, weights)
        tables = {
            "W_Q": self.queries,
            "W_K": self.keys,
            "W_V": self.values,
            "W_O": self.output,
            "b_Q": self.query_bias,
            "b_V": self.value_bias,
            "b_O": self.output_bias,
        }
        return {name: gradient[table] for name, table in tables.items()}


_NO_OUTPUT = (
    "no output projection was found in x: after the heads are merged, y applies one more affine "
    "map, W_O and b_O"
)


def _live(derivatives: Tensor) -> Tensor:
    """Which derivatives are not zero, up to rounding."""
    return derivatives.abs() > 1e-9 * derivatives.abs().max().clamp(min=1e-6)


def _near(values: Tensor, wanted: Tensor) -> Tensor:
    return (values - wanted).abs() < 1e-8 * wanted.abs().clamp(min=1)
