"""Copied work is found, renamed or not; the template and what many share is not."""

from __future__ import annotations

import random
import re
import time

from autograder.gradebook.similarity import fingerprints, pair_page, similar_pairs

TEMPLATE = "def forward(self, x):\n    raise NotImplementedError\n"


def program(seed: int, lines: int = 60) -> str:
    """A program like no other."""
    draw = random.Random(seed)
    signs = ["+", "-", "*", "@", "/", "//", "%", "**", "[", "(", ".", ", ", " in ", " for ", "= "]
    names = [f"name{draw.randrange(99)}" for _ in range(20)]
    return "\n".join(
        "".join(f"{draw.choice(names)}{draw.choice(signs)}" for _ in range(5)) + f" # {number}"
        for number in range(lines)
    )


def renamed(text: str) -> str:
    return re.sub(r"name(\d+)", r"other_\1", re.sub(r"#.*", "# mine", text)).replace(" = ", "=")


def test_a_renamed_copy_is_found_and_the_others_are_not() -> None:
    students = {f"s{n}": {"vit": program(n)} for n in range(8)}
    students["copy"] = {"vit": renamed(students["s3"]["vit"])}
    pairs = similar_pairs(students, {})
    assert [(pair.first, pair.second) for pair in pairs] == [("copy", "s3")]
    assert pairs[0].share > 0.95


def test_a_copied_half_is_found() -> None:
    students = {f"s{n}": {"vit": program(n)} for n in range(4)}
    students["half"] = {"vit": program(9, 30) + "\n" + renamed(program(2, 40))}
    assert ("half", "s2") in [(p.first, p.second) for p in similar_pairs(students, {})]


def test_the_template_counts_for_nobody() -> None:
    given = program(100, 200)
    students = {f"s{n}": {"vit": given + program(n)} for n in range(3)}
    assert similar_pairs(students, {"vit": given}) == []


def test_what_many_share_counts_for_nobody() -> None:
    common = program(100, 200)
    students = {f"s{n}": {"vit": common + program(n)} for n in range(8)}
    assert similar_pairs(students, {}) == []


def test_the_page_marks_shared_lines_and_shows_code_as_text() -> None:
    evil = "<script>alert(1)</script>"
    students = {"a": {"vit": program(1) + evil}, "b": {"vit": program(1)}}
    (pair,) = similar_pairs(students, {})
    page = pair_page(pair, [students["a"]["vit"], students["b"]["vit"]], "A title")
    assert "<script>" not in page and "&lt;script&gt;" in page and page.count("<mark>") > 20


def test_any_text_is_read_in_linear_time() -> None:
    started = time.perf_counter()
    for text in ("'" * 10**6, '"' * 10**6, "#" * 10**6, "\n" * 10**6, "a" * 10**6, "(" * 10**6):
        fingerprints(text)
    assert time.perf_counter() - started < 5
