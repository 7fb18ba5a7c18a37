"""The command line."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from importlib import metadata
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from autograder.course import CourseError, assignment_names, find_assignment
from autograder.frontends import reports
from autograder.frontends.class_run import grade_class
from autograder.frontends.errors import says_errors
from autograder.frontends.preflight import inspect_class, refuse_another_assignment, sentences
from autograder.frontends.tables import preflight_table, results_table, totals
from autograder.gradebook.store import Gradebook
from autograder.grading.grader import sandbox_of
from autograder.grading.result import ClassResults
from autograder.grading.seeds import course_seed
from autograder.grading.settings import Settings
from autograder.intake.discover import Class, find_submissions
from autograder.intake.inspect import Inspected
from autograder.intake.roster import read_roster
from autograder.sandbox.lifetime import die_with_parent

app = typer.Typer(
    help="Grades the assignments of a course on sequence models.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_SPAWN = get_context("spawn")  # a fork would copy threads' locks
app.add_typer(reports.app)
_out = Console()
_err = Console(stderr=True)


def _print_version(wanted: bool) -> None:
    if wanted:
        _out.print(
            f"autograder {metadata.version('autograder')}, torch {metadata.version('torch')}"
        )
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Versions")
    ] = False,
) -> None:
    """Grades the assignments of a course on sequence models."""


@app.command(name="list")
def list_assignments() -> None:
    """List the assignments and the files that are submitted.

    Example: autograder list
    """
    for name in assignment_names():
        found = find_assignment(name)
        files = ", ".join(part.file_names[0] for part in found.parts)
        _out.print(f"{name}: {found.title}\n    {files}", highlight=False, soft_wrap=True)


AssignmentName = Annotated[str, typer.Argument(help="Name of the assignment, e.g. a2_lstm_and_vit")]


Submissions = Annotated[
    Path,
    typer.Argument(help="A class as downloaded (folder or archive), or a single submission"),
]
RosterFile = Annotated[
    Path | None, typer.Option(help="CSV file with id, name, email and section of everybody")
]
Jobs = Annotated[int, typer.Option(min=1, help="Submissions worked on at once")]
_JOBS = os.cpu_count() or 1


@app.command()
@says_errors
def inspect(
    assignment: AssignmentName,
    submissions: Submissions,
    roster: RosterFile = None,
    jobs: Jobs = _JOBS,
    allow_unconfined: Annotated[
        bool, typer.Option("--allow-unconfined", help="Read even where it cannot be confined")
    ] = False,
) -> None:
    """Look at a class before grading: what was found, and which submissions need a person.

    Example: autograder inspect a2_lstm_and_vit downloads/
    """
    settings = Settings(assignment, seed=0, allow_unconfined=allow_unconfined)
    found = _find(settings, submissions, roster)
    with _pool(jobs, len(found.submissions)) as executor:
        rows = _inspect(settings, found, executor)
    _out.print(preflight_table(rows, everyone=True))
    for sentence in sentences(found, rows):
        _out.print(sentence, highlight=False, soft_wrap=True, markup=False)
    refuse_another_assignment(rows, find_assignment(assignment))


@app.command()
@says_errors
def grade(
    assignment: AssignmentName,
    submissions: Submissions,
    out: Annotated[Path, typer.Option(help="Folder for the results")],
    roster: RosterFile = None,
    jobs: Jobs = _JOBS,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of the random inputs, if not the course's own")
    ] = None,
    cpu_limit: Annotated[
        int, typer.Option(min=1, help="Seconds of processor time one check may take")
    ] = 10,
    allow_unconfined: Annotated[
        bool,
        typer.Option(
            "--allow-unconfined",
            help="Grade even where student code cannot be confined: it then has your rights",
        ),
    ] = False,
) -> None:
    """Grade a class (or one submission) and write results, tables and feedback pages.

    Example: autograder grade a2_lstm_and_vit downloads/ --out results/
    """
    wanted = find_assignment(assignment)
    seed = course_seed() if seed is None else seed
    settings = Settings(assignment, seed, cpu_seconds=cpu_limit, allow_unconfined=allow_unconfined)
    found = _find(settings, submissions, roster, out)
    found.require_all_claimed()
    gradebook = Gradebook(out, assignment)
    with _pool(jobs, len(found.submissions)) as executor, _progress() as progress:
        rows = _inspect(settings, found, executor, progress)
        refuse_another_assignment(rows, wanted)
        if any(row.reasons for row in rows):
            _err.print(preflight_table(rows, everyone=False))
        task = progress.add_task("Grading", total=len(found.submissions))
        results = grade_class(
            settings, found.submissions, gradebook, executor, lambda _: progress.advance(task)
        )
    _out.print(results_table(results))
    _out.print(totals(results), highlight=False, soft_wrap=True)
    for sentence in sentences(found, rows)[1:]:
        _out.print(sentence, highlight=False, soft_wrap=True, markup=False)
    _print_places(out, results)


def _find(
    settings: Settings, submissions: Path, roster: Path | None, out: Path | None = None
) -> Class:
    """The class in a download; results of an earlier run that lie in it are nobody's work."""
    if out and out.resolve() == submissions.resolve():
        raise CourseError(f"The results cannot lie among the submissions: {out} holds both.")
    sandbox = sandbox_of(settings)
    try:
        known = read_roster(roster) if roster else None
        wanted = find_assignment(settings.assignment)
        return find_submissions(submissions, wanted, sandbox, known, ignored=out)
    finally:
        sandbox.close()


@contextlib.contextmanager
def _pool(jobs: int, submissions: int) -> Iterator[Executor | None]:
    """Workers, or None where one process does it all. Ctrl-C does not wait for them."""
    if min(jobs, submissions) <= 1:
        yield None
        return
    with ProcessPoolExecutor(min(jobs, submissions), _SPAWN, die_with_parent) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _inspect(
    settings: Settings, found: Class, executor: Executor | None, progress: Progress | None = None
) -> list[Inspected]:
    if progress is None:
        return inspect_class(settings, found, executor)
    task = progress.add_task("Reading", total=len(found.submissions))
    return inspect_class(settings, found, executor, lambda _: progress.advance(task))


@app.command()
@says_errors
def release(
    assignment: Annotated[
        str | None, typer.Argument(help="Name of the assignment; all when left out")
    ] = None,
) -> None:
    """Write assignments/ anew from solutions/: what students get.

    Example: autograder release a2_lstm_and_vit
    """
    from autograder.release.build import release_assignment

    wanted = [
        find_assignment(name) for name in ([assignment] if assignment else assignment_names())
    ]
    with ProcessPoolExecutor(
        min(len(wanted), os.cpu_count() or 1), _SPAWN, die_with_parent
    ) as pool:
        for one, written in zip(wanted, pool.map(release_assignment, wanted), strict=True):
            _out.print(f"{one.name}: {len(written)} files in {one.release}", soft_wrap=True)


@app.command()
@says_errors
def gradescope(
    assignment: AssignmentName,
    output: Annotated[Path, typer.Option("--output", "-o", help="The zip file to write")],
) -> None:
    """Write the zip file that Gradescope takes as an autograder.

    Example: autograder gradescope a2_lstm_and_vit -o autograder.zip
    """
    from autograder.frontends.gradescope import write_zip

    size = write_zip(find_assignment(assignment), output)
    _out.print(f"{output}: {size / 1e6:.1f} MB. Upload it under Configure Autograder.")


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=_err,
    )


def _print_places(out: Path, results: ClassResults) -> None:
    confined = ", ".join(results.confinement) or "[bold red]nothing[/]"
    lines = {
        "Results": out / "results.json",
        "Table": out / "results.csv",
        "Class report": out / "report.html",
        "Feedback": out / "feedback",
    }
    for name, path in lines.items():
        _out.print(f"{name + ':':14}{escape(str(path))}", highlight=False, soft_wrap=True)
    _out.print(f"Student code was confined by: {confined}", highlight=False, soft_wrap=True)


def main() -> None:
    """Entry point of `python -m autograder`."""
    app()


if __name__ == "__main__":
    sys.exit(app())
