"""Checks the student's files, here and now, and says what is right and what is not."""

from __future__ import annotations

import contextlib
from itertools import groupby

from autograder.kit.check import load_checks
from autograder.kit.procedure import grade_checks, groups
from autograder.kit.text import plain
from autograder.kit.verdict import CheckInfo, Verdict
from autograder.selfcheck.answers import FOLDER, StoredAnswers, stored_answers
from autograder.selfcheck.picture import show
from autograder.selfcheck.runner import LocalRunner
from autograder.selfcheck.student import Student
from autograder.selfcheck.trained import measure_trained

_CPU_SECONDS = 0  # there is no limit here
_earned: dict[str, float] = {}
_busy = False  # a cell that is being checked may itself call `check`


def check(*wanted: str) -> None:
    """Check one question, several, or (without an argument) all, and print what was found."""
    global _busy
    if not _busy:
        _busy = True
        try:
            _check(wanted)
        finally:
            _busy = False


def _check(wanted: tuple[str, ...]) -> None:
    answers, student = stored_answers(), Student()
    checks = load_checks(answers.assignment)
    trained = any((FOLDER / name).exists() for name in answers.attachment)
    everything = [one.info() for one in checks.values() if one.points or trained]
    known = list(dict.fromkeys(info.question for info in everything))
    unknown = [question for question in wanted if question not in known]
    if unknown:
        print(f"There is no question {', '.join(unknown)}. There are: {', '.join(known)}.")
        return
    runner = LocalRunner(checks, student, answers.seed)
    chosen = [info for info in everything if not wanted or info.question in wanted]
    for question, asked in groupby(chosen, key=lambda info: info.question):
        verdicts: dict[str, Verdict] = {}
        infos = list(asked)
        for group in groups(infos):
            if group[0].accuracy:
                measured = [measure_trained(checks[one.id], answers, student) for one in group]
            else:
                measured = grade_checks(group, runner, answers, _CPU_SECONDS)
            verdicts |= {verdict.check.id: verdict for verdict in measured}
        _report(question, [verdicts[info.id] for info in infos], answers)
    print(f"Points so far: {sum(_earned.values()):g} of {_most(everything):g}")


def _most(checks: list[CheckInfo]) -> float:
    return sum(info.points for info in checks if not info.extra_credit)


def _report(question: str, verdicts: list[Verdict], answers: StoredAnswers) -> None:
    """Print what was found of one question; what several checks have in common is said once."""
    earned = sum(verdict.points for verdict in verdicts)
    most = sum(verdict.check.points for verdict in verdicts)
    filled = round(10 * earned / most) if most else 0
    functions = ", ".join(dict.fromkeys(verdict.check.function for verdict in verdicts))
    extra = ", extra credit" if verdicts[0].check.extra_credit else ""
    bar = "\u2588" * filled + "\u2591" * (10 - filled)
    print(f"{question:5} {bar} {earned:g} of {most:g}{extra}   {functions}")
    said: set[str] = set()
    for verdict in verdicts:
        mark = "\u2713" if verdict.status == "passed" else "\u2717"
        print(f"  {mark} {verdict.check.summary}")
        hint = f"Look here: {verdict.hint}" if verdict.hint else ""
        for text in (verdict.message, hint):
            if text and text not in said:
                print("\n".join(f"      {line}" for line in plain(text).splitlines()))
                said.add(text)
    _show_first_difference(verdicts, answers)
    _earned[question] = earned


def _show_first_difference(verdicts: list[Verdict], answers: StoredAnswers) -> None:
    """A picture of the first value that differs, where there is one to be made."""
    for verdict in verdicts:
        attempt = verdict.attempt
        if verdict.status == "failed" and attempt and attempt.difference and attempt.observation:
            key, seen = attempt.difference.key, attempt.observation.values
            with contextlib.suppress(KeyError):
                right = answers.right_values(verdict.check.id, attempt.mode)
                show(attempt.difference.name, seen[key], right[key])
                return
