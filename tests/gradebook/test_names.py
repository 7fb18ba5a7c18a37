"""File names that never meet, and cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.gradebook.names import cell, file_name


def test_a_plain_name_is_kept() -> None:
    assert file_name("s001") == "s001"


@given(st.lists(st.text(st.characters(), max_size=300), unique=True, min_size=2, max_size=6))
def test_different_names_give_different_files(names: list[str]) -> None:
    assert len({file_name(name).casefold() for name in names}) == len(names)


@given(st.text(st.characters(), max_size=300))
def test_a_file_name_is_plain_ascii_and_stays_in_its_folder(name: str) -> None:
    made = file_name(name)
    assert made.isascii() and 0 < len(made) <= 62
    assert not set(made) & set('/\\:*?"<>| ') and not made.startswith(".")


def test_a_name_that_looks_like_a_digest_cannot_take_anothers_file() -> None:
    taken = file_name("Doe, Jane")
    assert file_name(taken) != taken


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        " =1",
        "\n=1",
        "\t@A",
        "+x",
        "-x",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff20A",
        "\u200f=1",
        "\x00=1",
        "\x1b[0m=1",
        "\ufeff=1",
    ],
)
def test_a_cell_is_never_a_formula(text: str) -> None:
    assert str(cell(text)).startswith("'")


@given(st.text(st.characters(), max_size=80))
def test_a_cell_is_one_clean_line(text: str) -> None:
    made = str(cell(text))
    assert "\n" not in made and "\x1b" not in made
    assert not made.startswith(("=", "+x", "@", "\uff1d"))


def test_numbers_stay_numbers() -> None:
    assert cell(-1.5) == -1.5 and cell("-1.5") == "-1.5" and cell("Jane Doe") == "Jane Doe"
