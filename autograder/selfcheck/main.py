"""Checks the student's files, here and now, question by question."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import groupby

from autograder.kit.check import Check, load_checks
from autograder.kit.procedure import grade_checks, groups
from autograder.kit.verdict import CheckInfo, Verdict
from autograder.selfcheck.answers import FOLDER, StoredAnswers, stored_answers
from autograder.selfcheck.picture import show_first_difference
from autograder.selfcheck.report import QuestionReport, summary, text
from autograder.selfcheck.runner import CPU_SECONDS, LocalRunner
from autograder.selfcheck.student import Student
from autograder.selfcheck.trained import measure_trained

_busy = False  # a cell that is being checked may itself call `check`


def check(*wanted: str) -> None:
    """Check one question, several, or (without an argument) all, and print what was found."""
    global _busy
    if _busy:
        return
    _busy = True
    try:
        reports = []
        unknown = unknown_questions(wanted)
        if unknown:
            print(unknown)
            return
        for report in check_questions(wanted):
            print(text(report))
            show_first_difference(report.verdicts, stored_answers())
            reports.append(report)
        print(summary(reports))
    finally:
        _busy = False
    if os.environ.get("NBGRADER_VALIDATING") and any(not report.complete for report in reports):
        raise AssertionError(f"Not all checks pass yet. {summary(reports)}")


def unknown_questions(wanted: tuple[str, ...]) -> str:
    """A sentence where a question is asked for that does not exist; else empty."""
    known = list(dict.fromkeys(info.question for info in _everything(_checks())))
    unknown = [question for question in wanted if question not in known]
    if not unknown:
        return ""
    return f"There is no question {', '.join(unknown)}. There are: {', '.join(known)}."


def check_questions(wanted: tuple[str, ...] = ()) -> Iterator[QuestionReport]:
    """A report per question, as each is done; all questions when none is named."""
    answers, student, checks = stored_answers(), Student(), _checks()
    runner = LocalRunner(checks, student, answers.seed)
    chosen = [one for one in _everything(checks) if not wanted or one.question in wanted]
    for question, asked in groupby(chosen, key=lambda info: info.question):
        infos = list(asked)
        verdicts: dict[str, Verdict] = {}
        for group in groups(infos):
            for verdict in _verdicts(group, checks, runner, answers, student):
                verdicts[verdict.check.id] = verdict
        yield QuestionReport(question, [verdicts[info.id] for info in infos])


def _verdicts(
    group: list[CheckInfo],
    checks: dict[str, Check],
    runner: LocalRunner,
    answers: StoredAnswers,
    student: Student,
) -> list[Verdict]:
    if group[0].accuracy:
        return [measure_trained(checks[one.id], answers, student) for one in group]
    return grade_checks(group, runner, answers, CPU_SECONDS)


def _checks() -> dict[str, Check]:
    return load_checks(stored_answers().assignment)


def _everything(checks: dict[str, Check]) -> list[CheckInfo]:
    """What is looked at: what earns points, and else what there is a trained model for."""
    trained = any((FOLDER / name).exists() for name in stored_answers().attachment)
    return [one.info() for one in checks.values() if one.points or trained]
