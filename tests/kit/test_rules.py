"""Lines that may explain a broken rule: read, not run. They decide nothing."""

from __future__ import annotations

import pytest

from autograder.kit.rules import EINSUM, violations

RIGHT = "import torch\ndef f(q, k):\n    return torch.einsum('ij,kj->ik', q, k)\n"


@pytest.mark.parametrize(
    "text",
    [
        RIGHT,
        "from torch import einsum as e\ndef f(q, k):\n    return e('ij,kj->ik', q, k)",
        "import torch as t\ne = t.einsum\ndef f(q, k):\n    return e('ij,kj->ik', q, k)",
        "from einops import einsum\ndef f(q, k):\n    return einsum(q, k, 'i j, k j -> i k')",
        "import torch\n# matmul and @ in a comment\ndef f(q, k):\n    'no @ here'\n"
        "    return torch.einsum('ij,kj->ik', q, k)",
        "import torch\nclass A:\n    @staticmethod\n    def f(q, k):\n"
        "        return torch.einsum('ij,kj->ik', q, k)",
    ],
    ids=["plain", "alias", "assigned", "einops", "comment", "decorator"],
)
def test_right_ways(text: str) -> None:
    assert violations({"x.py": text}, EINSUM) == []


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("q @ k", "@"),
        ("torch.matmul(q, k)", "matmul"),
        ("q.matmul(k)", "matmul"),
        ("torch.bmm(q, k)", "bmm"),
        ("q.mT.mm(k)", "mm"),
        ("getattr(torch, 'bmm')(q, k)", "bmm"),
        ("q.__matmul__(k)", "__matmul__"),
        ("operator.matmul(q, k)", "matmul"),
        ("torch.tensordot(q, k, 1)", "tensordot"),
        ("torch.baddbmm(q, q, k)", "baddbmm"),
    ],
)
def test_products_written_otherwise_are_named_with_their_line(line: str, name: str) -> None:
    text = f"{RIGHT}import operator\ndef g(q, k):\n    return {line}\n"
    assert violations({"x.py": text}, EINSUM) == [f"`{name}` stands in line 6 of x.py"]


def test_an_import_under_another_name_is_seen() -> None:
    text = f"{RIGHT}from torch import bmm as harmless\ndef g(q, k):\n    return harmless(q, k)\n"
    assert violations({"x.py": text}, EINSUM) == ["`bmm` stands in line 6 of x.py"]


def test_what_must_be_called_is_missed() -> None:
    assert violations({"x.py": "def f(q, k):\n    return q * k"}, EINSUM) == [
        "`torch.einsum` is not called"
    ]


def test_a_mention_without_a_call_is_no_call() -> None:
    text = "import torch\nunused = torch.einsum\ndef f(q, k):\n    return (q * k).sum()"
    assert violations({"x.py": text}, EINSUM) == ["`torch.einsum` is not called"]


@pytest.mark.parametrize("text", ["def f(:", "(" * 100_000, "\ud800"])
def test_text_that_is_no_python_breaks_nothing(text: str) -> None:
    assert violations({"x.py": text}, EINSUM) == ["`torch.einsum` is not called"]
