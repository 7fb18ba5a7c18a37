"""Commands that read results: report, serve, export, diff."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from autograder.course import CourseAssignment, CourseError, find_assignment
from autograder.frontends.errors import says_errors
from autograder.gradebook.diff import compare_results
from autograder.gradebook.exports import FORMATS, Export
from autograder.gradebook.marks import in_words
from autograder.gradebook.pages import points
from autograder.gradebook.roster import load_roster
from autograder.gradebook.serve import open_server
from autograder.gradebook.similarity import Pair, Sources, pair_page, similar_pairs
from autograder.gradebook.standing import load_decisions
from autograder.gradebook.store import Gradebook, load_results, write_text
from autograder.grading.grader import sandbox_of
from autograder.grading.settings import Settings
from autograder.intake.discover import find_submissions
from autograder.intake.submission import read_submission
from autograder.kit.text import clean

app = typer.Typer()
_out = Console()

Folder = Annotated[Path, typer.Argument(help="Folder that `grade --out` wrote")]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", help="Decisions of the class, if not FOLDER/course.toml")
]
ManualFile = Annotated[
    Path | None, typer.Option("--manual", help="Points by hand, if not FOLDER/manual.csv")
]


@app.command(epilog="Example: autograder report build/results --sources build/sample_class")
@says_errors
def report(
    folder: Folder,
    policy: PolicyFile = None,
    manual: ManualFile = None,
    sources: Annotated[
        Path | None, typer.Option(help="The submissions: looks for pairs that are alike")
    ] = None,
) -> None:
    """Write the class report and the students' pages anew, with points by hand and policies."""
    results = load_results(folder)
    assignment = find_assignment(results.assignment)
    gradebook = Gradebook(folder, assignment.name)
    gradebook.decisions = load_decisions(folder, policy, manual)
    pairs = _similar(folder, sources, assignment) if sources else []
    gradebook.publish(results, assignment.title, pairs)
    for problem in gradebook.decisions.problems({one.student for one in results.submissions}):
        _out.print(f"[yellow]Note:[/] {escape(problem)}", highlight=False, soft_wrap=True)
    for line in in_words(results, gradebook.decisions):
        _print(line)
    _print(f"Class report: {folder / 'report.html'}")


@app.command(epilog="Example: autograder serve build/results")
@says_errors
def serve(
    folder: Folder,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the report in the browser")] = True,
) -> None:
    """Show the report and the students' pages in the browser, on this machine only."""
    if not (folder / "report.html").is_file():
        raise CourseError(f"There is no report in {folder}. Make it: autograder report {folder}")
    try:
        server = open_server(folder, port)
    except OSError as error:
        raise CourseError(f"Port {port} cannot be used ({error.strerror}). Try --port 0.") from None
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    _print(f"{address} (Ctrl-C ends it)")
    if browser:
        webbrowser.open(address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        _print("Ended.")
    finally:
        server.server_close()


@app.command(epilog="Example: autograder export build/results --format canvas --roster roster.csv")
@says_errors
def export(
    folder: Folder,
    format: Annotated[str, typer.Option(help=f"One of: {', '.join(FORMATS)}")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write, if not in the folder")
    ] = None,
    roster: Annotated[
        Path | None, typer.Option(help="CSV file with id, name, email and section")
    ] = None,
    policy: PolicyFile = None,
    manual: ManualFile = None,
) -> None:
    """Write a gradebook file, a table or an archive of feedback for another program."""
    if format not in FORMATS:
        raise CourseError(f"There is no format {format}. There are: {', '.join(FORMATS)}.")
    results = load_results(folder)
    title = find_assignment(results.assignment).title
    decisions = load_decisions(folder, policy, manual)
    suffix, make = FORMATS[format]
    made = make(Export(results, title, decisions, load_roster(roster)))
    path = output or folder / f"{format}.{suffix}"
    try:
        if isinstance(made, bytes):
            path.write_bytes(made)
        else:
            write_text(path, made)
    except OSError as error:
        raise CourseError(f"{path} cannot be written: {error.strerror}.") from None
    _print(f"{path}: {len(results.submissions)} students")


@app.command(epilog="Example: autograder diff build/results_before build/results")
@says_errors
def diff(
    old: Annotated[Path, typer.Argument(help="Folder or results.json of the earlier grading")],
    new: Annotated[Path, typer.Argument(help="Folder or results.json of the later grading")],
) -> None:
    """Say who gained and who lost between two gradings, because of which check, and why."""
    before, after = load_results(old), load_results(new)
    if before.assignment != after.assignment:
        raise CourseError(
            f"{old} holds results of {before.assignment}, {new} those of {after.assignment}."
        )
    comparison = compare_results(before, after)
    for change in comparison.changes:
        _print(str(change))
    for student, gain in comparison.totals():
        word = f"gained {points(gain)}" if gain > 0 else f"lost {points(-gain)}"
        _print(f"{student} {word if gain else 'kept the score'}")
    for name in comparison.joined:
        _print(f"{name}: only in {new}")
    for name in comparison.gone:
        _print(f"{name}: only in {old}")
    same = comparison.unchanged
    who = "1 student has" if same == 1 else f"{same} students have"
    _print(f"{who} the same points in every check.")


def _similar(folder: Path, sources: Path, assignment: CourseAssignment) -> list[Pair]:
    """Pairs that are alike, each with a page that shows both side by side."""
    students: dict[str, Sources] = {}
    with sandbox_of(Settings(assignment.name, seed=0)) as sandbox:
        for found in find_submissions(sources, assignment, sandbox).submissions:
            pieces = read_submission(found, assignment, sandbox).sources
            students[found.student] = _texts(pieces)
        given = read_submission(assignment.release, assignment, sandbox, "template").sources
    pairs = similar_pairs(students, _texts(given))
    home = folder / "similar"
    home.mkdir(exist_ok=True)
    for path in home.glob("*.html"):
        path.unlink()
    for pair in pairs:
        texts = [students[name][pair.file] for name in (pair.first, pair.second)]
        write_text(folder / pair.page, pair_page(pair, texts, assignment.title))
    return pairs


def _texts(modules: dict[str, dict[str, str]]) -> Sources:
    """One text per module: a notebook's cells are joined."""
    return {
        name.removesuffix("_template"): "\n\n".join(pieces.values())
        for name, pieces in modules.items()
    }


def _print(text: str) -> None:
    _out.print(escape(clean(text)), highlight=False, soft_wrap=True)
