"""The class report: what an instructor finds on it. How it behaves: test_in_a_browser.py."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from autograder.gradebook.manual import ManualRow
from autograder.gradebook.policies import ManualQuestion, Policy
from autograder.gradebook.report import class_page
from autograder.gradebook.similarity import Pair
from autograder.gradebook.standing import Decisions
from autograder.grading.result import SubmissionResult
from tests.gradebook.samples import HOSTILE, a_class, check, failing, large_class, result


def page_of(*students: SubmissionResult, decisions: Decisions | None = None, **further: Any) -> str:
    return class_page(a_class(*students), "A2", decisions, **further)


def section(page: str, name: str) -> str:
    found = re.search(rf'<section id="{name}".*?</section>', page, re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", found[0])) if found else ""


def test_known_mistakes_are_ranked_with_the_students_behind_them() -> None:
    students = [
        result(f"s{n}", failing(misconception="often" if n else "rare", hint="Look."))
        for n in range(3)
    ]
    page = page_of(*students)
    text = section(page, "mistakes")
    assert text.index("often") < text.index("rare")
    data = json.loads(re.search(r'id="data">(.*?)</script>', page)[1])
    key = re.search(r'<code>often</code>.*?data-who="(\w+)"', page, re.S)[1]
    assert [data["students"][i] for i in data["who"][key]] == [
        ["s1", "feedback/s1.html"],
        ["s2", "feedback/s2.html"],
    ]


def test_functions_that_nobody_got_are_named() -> None:
    page = page_of(*(result(name, failing("2.1"), check("2.2")) for name in "ab"))
    text = section(page, "questions")
    assert "Functions that nobody got Question 2.1" in text and "Question 2.2" not in text


def test_what_needs_a_look_is_listed() -> None:
    slow = result("slow", check())
    slow.seconds = 99
    page = page_of(
        slow,
        result("killed", failing(status="killed")),
        result("loop", failing(status="timeout")),
        result("odd", remarks=("Line 3 calls exec.",)),
        *(result(f"s{n}") for n in range(5)),
    )
    text = section(page, "look")
    for part in ("odd Line 3 calls exec.", "killed ended without a result", "loop took too long",
                 "slow 99.0"):  # fmt: skip
        assert part in text
    assert section(page_of(result("a")), "look") == ""


def test_requests_and_decisions_for_nobody_are_listed() -> None:
    policy = Policy(manual={"1.3": ManualQuestion(max_points=2)})
    rows = [
        ManualRow("a", "1.3", 1, request="Please look again."),
        ManualRow("zoe", "1.3", 1, line=3),
    ]
    page = page_of(result("a"), decisions=Decisions(policy, rows))
    text = section(page, "look")
    assert "Please look again." in text and "there is no student zoe" in text


def test_a_small_class_is_marked() -> None:
    assert "say little" in page_of(*(result(f"s{n}") for n in range(5)))
    assert "say little" not in page_of(*(result(f"s{n}") for n in range(30)))


def test_extra_credit_is_a_category_of_its_own() -> None:
    page = page_of(result("a", check("1"), check("2", points=2, max_points=2, extra_credit=True)))
    assert "2 extra credit" in section(page, "students")
    assert "2 extra credit" in section(page, "questions")
    assert "of 1" in section(page, "overview"), "the maximum is without it"


def test_similar_work_links_to_a_page_with_both() -> None:
    pair = Pair("a", "b", "vit_solution", 0.83, "similar/a--b.html")
    page = page_of(result("a"), result("b"), pairs=[pair])
    assert 'href="similar/a--b.html"' in page and "83 %" in section(page, "similar")


def test_students_may_have_different_checks() -> None:
    page = page_of(result("a", check("1")), result("b", check("1"), check("2")))
    assert section(page, "checks").count("The values of") == 2


def test_nothing_of_a_student_ends_the_data_or_becomes_markup() -> None:
    wrong = failing(message=HOSTILE, hint=HOSTILE, misconception="m")
    evil = result(HOSTILE, wrong, remarks=(HOSTILE,))
    page = page_of(evil)
    assert page.count("<script") == 2 and page.count("</script>") == 2
    assert "<img" not in page and "\x1b" not in page


def test_a_thousand_students_make_a_page_of_less_than_five_megabytes_in_seconds() -> None:
    results = large_class(1000)
    started = time.process_time()
    page = class_page(results, "A2")
    assert len(page.encode()) < 5e6
    assert time.process_time() - started < 10
