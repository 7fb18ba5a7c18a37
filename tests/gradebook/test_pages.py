"""The student's page and the feedback below a cell: what stands there, and what must not."""

from __future__ import annotations

import re
from typing import Any

import pytest

from autograder.gradebook.pages import cell_feedback, next_steps, points, questions, student_page
from autograder.gradebook.policies import Adjustment
from autograder.gradebook.standing import ManualMark, Standing
from autograder.grading.result import CheckResult
from tests.gradebook.samples import HOSTILE, check, failing, result

DIFFERS = "output: 5 of 9 elements differ\n- at [0]: x = 1, y = 2"


def wrong(question: str, name: str = "values", **further: Any) -> CheckResult:
    return failing(question, name, **{"message": DIFFERS, **further})


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.partition("<body")[2]))


def test_questions_come_in_the_order_of_the_handout() -> None:
    found = questions(result("s", *(check(q) for q in ("2.10", "2.9", "2.2b", "2.2a"))))
    assert [q.number for q in found] == ["2.2a", "2.2b", "2.9", "2.10"]


@pytest.mark.parametrize(
    ("value", "text"), [(2.0, "2"), (0.5, "0.5"), (0.0, "0"), (1 / 3, "0.333"), (-1e-9, "0")]
)
def test_points_are_written_as_people_write_them(value: float, text: str) -> None:
    assert points(value) == text


def test_a_hint_is_given_once_per_question() -> None:
    one = result("s", wrong("1", "a", hint="Divide by n."), wrong("1", "b", hint="Divide by n."))
    page = student_page(one, "A2")
    assert page.partition('id="q1"')[2].count("Divide by n.") == 1


def test_checks_with_one_reason_give_it_once() -> None:
    page = student_page(result("s", wrong("1", "a"), wrong("1", "b")), "A2")
    assert page.count("5 of 9 elements differ") == 1
    assert "The a of 1" in page and "The b of 1" in page


def test_the_legend_stands_where_x_and_y_stand_and_nowhere_else() -> None:
    page = student_page(result("s", wrong("1"), check("2"), wrong("3")), "A2")
    assert page.count("is your value") == 2
    assert "is your value" not in student_page(result("s", check()), "A2")


def test_what_passed_is_folded_away() -> None:
    page = student_page(result("s", check("1"), check("1", "more")), "A2")
    folded = re.search(r"<details class=\"passed\">.*?</details>", page, re.S)
    assert folded and "2 checks passed" in folded[0] and "The more of 1" in folded[0]


def test_what_to_try_next_is_at_most_three_questions_those_tried_first() -> None:
    one = result(
        "s",
        check("1", points=0, max_points=9, status="missing"),
        wrong("2", max_points=2.0),
        wrong("3", max_points=5.0, hint="Scale before the softmax."),
        wrong("4", max_points=9.0, extra_credit=True),
    )
    steps = next_steps(questions(one))
    assert [step.question for step in steps] == ["3", "2", "1"]
    assert steps[0].advice == "Scale before the softmax." and steps[0].gain == 5
    assert next_steps(questions(result("s", check()))) == []


def test_it_says_what_the_submission_is_worth_and_why() -> None:
    standing = Standing(
        checks=6, extra=1, total=7.5, max_total=9, days_late=2, late_penalty=1,
        manual=[ManualMark("1.3", "Curves", 3, points=2, comment="No labels.", request="Why?",
                           answer="Figure 2."),
                ManualMark("1.4", "Choice", 1)],
        adjustments=[Adjustment(points=0.5, reason="Found a fault in the handout")],
    )  # fmt: skip
    one = result("s", check("1", points=5, max_points=5), check("2", extra_credit=True))
    text = text_of(student_page(one, "A2", standing))
    for part in (
        "7.5 of 9 points", "Checks 5", "Extra credit, question 2 1", "Curves 2",
        "Choice not graded yet", "Late by 2 days \u22121", "Found a fault in the handout +0.5",
        "No labels.", "You asked: Why?", "Answer: Figure 2.",
    ):  # fmt: skip
        assert part in text, part


def test_nothing_of_remarks_or_confinement_is_on_it() -> None:
    text = text_of(student_page(result("s", remarks=("Reaches into torch._C.",)), "A2")).lower()
    assert not [
        word for word in ("torch._c", "remark", "seed", "confin", "landlock") if word in text
    ]


@pytest.mark.parametrize("field", ["message", "hint", "student", "note"])
def test_what_a_student_wrote_stays_text(field: str) -> None:
    written = {field: HOSTILE} if field in ("message", "hint") else {}
    one = result(HOSTILE if field == "student" else "s", wrong("1", **written))
    if field == "note":
        one.notes.append(HOSTILE)
    for page in (student_page(one, "A2"), cell_feedback(one.checks, one.notes)):
        assert not re.search(r"<(script|img|a href=\"(?!#q))", page)
        assert "\x1b" not in page and "\u202e" not in page
        if field in ("message", "hint"):
            assert "&lt;script&gt;" in page


def test_every_page_allows_its_own_style_sheet_and_nothing_else() -> None:
    policy = re.search(
        r'Content-Security-Policy" content="([^"]*)"', student_page(result("s"), "A2")
    )
    assert policy
    rules = dict(rule.strip().split(" ", 1) for rule in policy[1].replace("&#39;", "'").split(";"))
    assert rules["default-src"] == "'none'" and rules["script-src"] == "'none'"
    assert re.fullmatch(r"'sha256-[\w+/=]+'", rules["style-src"])


def test_the_feedback_of_a_cell_has_points_hint_and_reason() -> None:
    html = cell_feedback([wrong("1", hint="Divide by n."), check("1", "more")], ["A note."])
    text = text_of("<body>" + html)
    assert "1 of 2 points" in text and "Look here: Divide by n." in text and "A note." in text
    assert "nothing here that is graded" in cell_feedback([], [])
