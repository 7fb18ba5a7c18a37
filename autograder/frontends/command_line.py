"""The command line."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from importlib import metadata
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from autograder.course import assignment_names, find_assignment
from autograder.frontends import reports
from autograder.frontends.class_run import grade_class
from autograder.frontends.errors import says_errors
from autograder.gradebook.pages import points, questions
from autograder.gradebook.store import Gradebook
from autograder.grading.result import ClassResults
from autograder.grading.seeds import course_seed
from autograder.grading.settings import Settings
from autograder.intake.discover import find_submissions

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


@app.command()
@says_errors
def grade(
    assignment: AssignmentName,
    submissions: Annotated[
        Path, typer.Argument(help="Folder with a folder or zip per student, or one submission")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the results")],
    jobs: Annotated[int, typer.Option(min=1, help="Submissions graded at once")] = os.cpu_count()
    or 1,
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
    entrants = find_submissions(submissions, wanted)
    gradebook = Gradebook(out, assignment)
    seed = course_seed() if seed is None else seed
    settings = Settings(assignment, seed, cpu_seconds=cpu_limit, allow_unconfined=allow_unconfined)
    jobs = min(jobs, len(entrants))
    with _progress() as progress:
        task = progress.add_task(f"Grading {wanted.title}", total=len(entrants))
        advance = lambda _: progress.advance(task)  # noqa: E731
        if jobs == 1:
            results = grade_class(settings, entrants, gradebook, None, advance)
        else:
            with ProcessPoolExecutor(jobs, _SPAWN) as pool:
                try:
                    results = grade_class(settings, entrants, gradebook, pool, advance)
                except BaseException:
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
    _out.print(_table(results))
    _print_places(out, results)


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
    with ProcessPoolExecutor(min(len(wanted), os.cpu_count() or 1), _SPAWN) as pool:
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


def _table(results: ClassResults) -> Table:
    title = results.assignment
    table = Table(title=title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    columns = questions(results.submissions[0]) if results.submissions else []
    room = _out.width - 10 - sum(2 + len(question.number) for question in columns)
    table.add_column("Student", no_wrap=True, max_width=max(10, room))  # the rest is numbers
    table.add_column("Score", justify="right", no_wrap=True, min_width=5)
    for question in columns:
        heading = f"{question.number}\n/{points(question.max_points)}"
        table.add_column(heading, justify="right", no_wrap=True, min_width=len(question.number))
    for submission in results.submissions:
        row = [
            points(q.points) if q.points == q.max_points else f"[red]{points(q.points)}[/]"
            for q in questions(submission)
        ]
        table.add_row(escape(submission.student), f"[bold]{points(submission.score)}[/]", *row)
    return table


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
