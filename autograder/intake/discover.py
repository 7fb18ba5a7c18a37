"""Finds the submissions of a class in what was downloaded, by names and sizes alone.

found = find_submissions(path, assignment, sandbox)
found.submissions   one for each student or group
found.unclaimed     what belongs to nobody: never left out without a word
found.missing       who is in the roster and submitted nothing
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.course import CourseAssignment, CourseError
from autograder.intake.attempts import latest
from autograder.intake.confined import ConfinedReader, run_reader
from autograder.intake.entries import is_archive
from autograder.intake.layout import Layout, find_layout
from autograder.intake.names import clean, folded, listed
from autograder.intake.platforms import GRADESCOPE_METADATA
from autograder.intake.roster import Person, Roster
from autograder.intake.tree import ArchiveTree, FolderTree

_LISTING = "autograder.intake.listing"


@dataclass(frozen=True)
class Found:
    """One submission: where it lies, whose it is, and what was odd about where it lay.

    student  a short name, different from all others in the class also as a file's name
    root     the folder or archive it lies in
    members  its files and folders below `root` -> their names in the submission ("" to keep
             them); none when `root` itself is the submission
    """

    student: str
    root: Path
    members: tuple[tuple[str, str], ...] = ()
    in_archive: bool = False
    name: str = ""
    email: str = ""
    section: str = ""
    group: tuple[str, ...] = ()  # everybody, where several students submitted together
    late: bool = False
    in_roster: bool | None = None  # None where there is no roster
    notes: tuple[str, ...] = ()


@dataclass
class Class:
    """What a download holds."""

    submissions: list[Found]
    platform: str = ""
    unclaimed: list[str] = field(default_factory=list)
    missing: list[Person] = field(default_factory=list)

    def require_all_claimed(self) -> None:
        """`CourseError` that names what belongs to nobody."""
        if self.unclaimed:
            raise CourseError(
                f"{len(self.unclaimed)} of the files belong to nobody: "
                f"{listed(self.unclaimed, 10)}. Move them into a student's folder, or remove them."
            )


def one_submission(path: Path, student: str = "") -> Found:
    """A path that is one student's."""
    return Found(student or clean(path.resolve().stem if path.is_file() else path.resolve().name),
                 path)  # fmt: skip


def find_submissions(
    path: Path,
    assignment: CourseAssignment,
    sandbox: ConfinedReader,
    roster: Roster | None = None,
    ignored: Path | None = None,
) -> Class:
    """Everybody's submission in a folder, an archive or a file.

    `ignored` is a folder in it that is nobody's: the results of an earlier run.
    """
    if not path.exists():
        raise CourseError(f"{path} does not exist: give a folder with submissions, or one of them.")
    path = _only_archive(path, ignored)
    submitters: dict[str, list[dict[str, str]]] = {}
    if path.is_file() and not is_archive(path.name):
        found = Class([one_submission(path)])
    else:
        in_archive = path.is_file()
        tree: ArchiveTree | FolderTree = FolderTree(path, ignored)
        if in_archive:
            document = _list(path, sandbox)
            if document is None:  # reading it as one submission says what is wrong with it
                return Class([one_submission(path)])
            tree = ArchiveTree({member: time for member, _, time in document["members"]})
            submitters = document["submitters"]
        layout = find_layout(tree, assignment, in_archive)
        if not in_archive and layout.platform == "Gradescope":
            submitters = _metadata(path / layout.folder / GRADESCOPE_METADATA, sandbox)
        found = _class(path, layout, submitters, in_archive)
    if not found.submissions:
        names = ", ".join(part.file_names[0] for part in assignment.parts)
        raise CourseError(
            f"No submissions were found in {path}. Expected: a folder or archive for each student, "
            f"a platform's download, or a single submission with {names}."
        )
    return _with_roster(found, roster)


def _only_archive(path: Path, ignored: Path | None) -> Path:
    """A folder with nothing in it but one archive is that archive."""
    if path.is_dir():
        items = FolderTree(path, ignored).items()
        if len(items) == 1 and not items[0].is_folder and is_archive(items[0].name):
            return path / items[0].key
    return path


# --- archives and metadata, which are read confined ---------------------------------------------


def _list(path: Path, sandbox: ConfinedReader) -> dict | None:  # type: ignore[type-arg]
    """Members of an archive; None where it cannot be read."""
    if path.stat().st_size == 0:
        return None
    with path.open("rb") as file:
        document = run_reader(sandbox, _LISTING, {"files": []}, [], file.fileno())
    if isinstance(document, str) or document.get("refused"):
        return None
    members = [
        (clean(str(name), 4_000), int(size), float(time))
        for name, size, time in document["members"]
    ]
    return {"members": members, "submitters": document["submitters"]}


def _metadata(path: Path, sandbox: ConfinedReader) -> dict[str, list[dict[str, str]]]:
    """Who submitted what, as Gradescope wrote it beside the folders."""
    if not path.is_file() or path.is_symlink() or path.stat().st_size > 10 << 20:
        return {}
    data = path.read_bytes()
    files = [{"path": path.name, "taken": len(data)}]
    document = run_reader(sandbox, _LISTING, {"files": files}, [data])
    return {} if isinstance(document, str) else document["submitters"]


# --- students -----------------------------------------------------------------------------------


def _class(
    path: Path, layout: Layout, submitters: dict[str, list[dict[str, str]]], in_archive: bool
) -> Class:
    if layout.single:
        one = one_submission(path)
        members = ((f"{layout.folder}/", ""),) if in_archive and layout.folder else ()
        return Class([replace(one, members=members, in_archive=bool(members))])
    found = []
    for claim, notes in latest(layout.claims):
        people = submitters.get(claim.shown, [])
        names = tuple(str(p.get("name") or p.get("email") or claim.who) for p in people)
        one = Found("", path, claim.members, in_archive, claim.who, late=claim.late, notes=notes)
        if people:
            one = replace(one, name=" and ".join(names), email=str(people[0].get("email", "")),
                          group=names if len(names) > 1 else ())  # fmt: skip
        found.append((one, str(people[0].get("sid", "")) if people else claim.key))
    return Class(_named(found), layout.platform, list(layout.unclaimed))


def _named(found: list[tuple[Found, str]]) -> list[Found]:
    """Every student under a name of their own, different also where files are named after it.

    Each comes with what tells students of one name apart on their platform, or nothing.
    """
    names = [clean(one.name, 80).strip() or "unnamed" for one, _ in found]
    counts = Counter(folded(name) for name in names)
    used: dict[str, int] = {}  # name -> how many have it
    result = []
    for (one, key), name in zip(found, names, strict=True):
        student = f"{name} ({key})" if counts[folded(name)] > 1 and key else name
        base = student
        while used.get(folded(student)):
            used[folded(base)] += 1
            student = f"{base} ({used[folded(base)]})"
        used[folded(student)] = 1
        note = (f"Several submissions are called {name}; this one is listed as {student}.",)
        notes = one.notes + (note if student != name else ())
        result.append(replace(one, student=student, notes=notes))
    return result


def _with_roster(found: Class, roster: Roster | None) -> Class:
    """Names, addresses and sections of the roster, and who of it is missing."""
    if roster is None:
        return found
    seen: set[Person] = set()
    submissions = []
    for one in found.submissions:
        keys = [one.email, *one.group, one.name, *one.student.split(" (")]
        members = [roster.find(name) for name in one.group]
        people = [p for p in (roster.find(*(k.rstrip(")") for k in keys)), *members) if p]
        person = people[0] if people else None
        seen |= set(people)
        if person is None:
            submissions.append(replace(one, in_roster=False))
            continue
        submissions.append(replace(
            one, name=one.name if one.group else person.label, email=person.email or one.email,
            section=person.section, in_roster=True,
        ))  # fmt: skip
    missing = [person for person in roster.people if person not in seen]
    return replace(found, submissions=submissions, missing=missing)


def as_path(found: Found, key: str) -> Path:
    """A member of a folder, on disk."""
    return Path(os.path.join(found.root, key.rstrip("/")))  # noqa: PTH118, names are bytes
