"""What a student reads: our words, and the student's own text as text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from autograder.kit import words
from autograder.kit.compare import compare
from autograder.kit.values import (
    ABSENT,
    CONTRACT,
    MARK,
    MISSING,
    STOPPED,
    Failure,
    Observation,
    Value,
)
from autograder.kit.verdict import Attempt, CheckInfo

CHECK = CheckInfo(
    "a.b", "1.1", "vit_solution:A.f", 1.0, "It is right.", ["own"], ban="nn.LayerNorm"
)
KINDS = [
    MISSING,
    ABSENT,
    CONTRACT,
    STOPPED,
    "NotImplementedError",
    "SyntaxError",
    "SystemExit",
    "ImportError",
    "RuntimeError",
    "MemoryError",
    "ValueError",
    "E`<b>",
]
HOSTILE = st.text("`<>[]()!*_\\\n #-ab:/&\x1b\u202e", max_size=40) | st.just(
    "` <img src=x onerror=alert(1)> [a](http://evil.example) ![b](http://evil.example)\n\n# c\n"
)
RENDERERS = [MarkdownIt("commonmark"), MarkdownIt("gfm-like", {"linkify": False})]


def tags(message: str) -> set[str]:
    return {tag for r in RENDERERS for tag in re.findall(r"</?(\w+)", r.render(message))}


@given(st.sampled_from(KINDS), HOSTILE, HOSTILE, HOSTILE, HOSTILE, st.booleans())
def test_nothing_of_an_exception_is_markup(
    kind: str, text: str, file: str, function: str, source: str, banned: bool
) -> None:
    failure = Failure(kind, (MARK if banned else "") + text, file, 3, function, source)
    mention = {"file": file, "line": 4, "name": text}
    attempt = Attempt("own", Observation({}, failure), mentions=[mention])
    _, message = words.explain(attempt, CHECK, 10)
    assert tags(message) <= {"p", "code", "br"}


@given(HOSTILE, HOSTILE)
def test_nothing_of_a_value_is_markup(text: str, name: str) -> None:
    x = Observation({"output": Value("scalar", text, "str")})
    for y in (
        Value("scalar", "right", "str"),
        Value("scalar", 2, "int"),
        Value("other", None, name),
    ):
        difference = compare(x, Observation({"output": y}))
        if difference:
            attempt = Attempt("own", x, difference=difference)
            assert tags(words.explain(attempt, CHECK, 10)[1]) <= {"p", "code", "br"}


@pytest.mark.parametrize("kind", ["ValueError", "KeyError"])
def test_an_exception_is_shown_with_its_text_and_place(kind: str) -> None:
    failure = Failure(kind, "bad `x`\nin two lines", "vit_solution.py", 3, "forward", "x = y")
    _, message = words.explain(Attempt("own", Observation({}, failure)), CHECK, 10)
    assert message == (
        f"Your code raised {kind} in `forward` (vit_solution.py, line 3: `x = y`): "
        "``bad `x` in two lines``"
    )
