"""A class in words: who needs a look, and why."""

from __future__ import annotations

from autograder.gradebook.marks import in_words, marks_of
from autograder.gradebook.standing import Decisions
from tests.gradebook.samples import a_class, check, failing, result


def texts(*arguments: object) -> list[str]:
    one = result(*arguments)  # type: ignore[arg-type]
    return [mark.text for mark in marks_of(one, Decisions().standing(one)) if mark.text]


def test_each_kind_of_trouble_has_its_words() -> None:
    assert texts("s", failing(status="refused")) == ["not read"]
    assert texts("s", failing(status="missing")) == ["nothing found"]
    assert texts("s", failing(status="missing"), check("2")) == []
    assert texts("s", failing(status="killed"), check("2")) == ["cut short"]
    assert texts("s", failing(status="forbidden")) == ["forbidden call"]
    assert texts("s", check(extra_credit=True)) == ["1 extra credit"]


def test_the_terminal_names_who_needs_a_look_and_nobody_else() -> None:
    class_ = a_class(
        result("ann"),
        result("bob", failing(status="timeout"), remarks=("Line 3 calls exec.",)),
        result("cleo", failing()),
    )
    assert in_words(class_) == [
        "3 submissions, 1 with full points.",
        "Needs a look: bob (1 remark, cut short).",
    ]
    assert in_words(a_class()) == ["0 submissions, 0 with full points."]
