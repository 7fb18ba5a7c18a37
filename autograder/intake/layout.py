"""How a download is laid out: one submission, a platform's way of naming, or a folder for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from autograder.intake.attempts import Claim, merged
from autograder.intake.entries import ARCHIVES, is_archive, is_unreadable_archive
from autograder.intake.names import Recognised, recognise
from autograder.intake.platforms import (
    GRADESCOPE_METADATA,
    OWN_FILES,
    PLATFORMS,
    Owner,
    without_assignment,
    without_prefix,
)
from autograder.intake.tree import Item, Tree
from autograder.kit.assignment import Assignment

_RELEASED = {"figures", "lab", "selfcheck", "logs", "runs", "data", "src", "code"}
_MAX_WRAPPERS, _LOOK, _MAX_LOOKED_AT = 4, 3, 300


@dataclass(frozen=True)
class Layout:
    """What was made of a folder: a single submission, or claims of students."""

    folder: str = ""  # below the root, where it begins
    single: bool = False
    platform: str = ""
    claims: tuple[Claim, ...] = ()
    unclaimed: tuple[str, ...] = ()


def find_layout(tree: Tree, assignment: Assignment, in_archive: bool) -> Layout:
    """Look below wrapping folders for a platform's names, parts, or a folder for each student."""
    folder = ""
    for _ in range(_MAX_WRAPPERS):
        items = tree.items(folder)
        found = _of_platform(items, assignment) or _of_prefixes(items, assignment)
        if found:
            return replace(found, folder=folder)
        if _is_single(tree, items, assignment, in_archive):
            return Layout(folder, single=True)
        wrapped = [item for item in items if not _is_ours(item)]
        if len(wrapped) != 1 or not wrapped[0].is_folder:
            break
        below = tree.items(wrapped[0].key)
        several = sum(item.is_folder or is_archive(item.name) for item in below) > 1
        if not (in_archive or _of_platform(below, assignment)
                or several and not _is_single(tree, below, assignment, True)):  # fmt: skip
            break
        folder = wrapped[0].key
    found = _folder_each(tree, items, assignment)
    if in_archive and not found.claims:
        return Layout(single=True)
    return replace(found, folder=folder)


def _is_ours(item: Item) -> bool:
    """What a platform, not a student, has put there."""
    name = item.name.lower()
    return name in OWN_FILES or name == GRADESCOPE_METADATA


# --- a platform ---------------------------------------------------------------------------------


def _of_platform(items: Sequence[Item], assignment: Assignment) -> Layout | None:
    theirs = [item for item in items if not _is_ours(item)]
    for platform, read in PLATFORMS.items():
        owners = [(item, read(item.name, item.is_folder)) for item in theirs]
        owned = [(item, owner) for item, owner in owners if owner]
        if owned and 2 * len(owned) >= len(theirs):
            rest = [item for item, owner in owners if not owner]
            return _layout(platform, owned, rest, assignment)
    return None


def _layout(
    platform: str, owned: list[tuple[Item, Owner]], rest: list[Item], assignment: Assignment
) -> Layout:
    if platform == "Blackboard":
        names = without_assignment([owner.who for _, owner in owned])
        owned = [(i, replace(o, who=name)) for (i, o), name in zip(owned, names, strict=True)]
    if platform == "nbgrader":
        ours = [(i, o) for i, o in owned if i.name.split("+")[1] == assignment.name]
        rest += [item for item, owner in owned if ours and (item, owner) not in ours]
        owned = ours or owned
    claims = merged(
        Claim(owner.who, ((_key(item), owner.name),), item.name, owner.key, owner.late,
              owner.when, item.time)
        for item, owner in owned
    )  # fmt: skip
    return Layout("", False, platform, tuple(claims), tuple(item.name for item in rest))


def _key(item: Item) -> str:
    return f"{item.key}/" if item.is_folder else item.key


# --- loose files --------------------------------------------------------------------------------


def _part_of(item: Item, assignment: Assignment) -> Recognised | None:
    """Which part a file looks like."""
    path = PurePosixPath(item.name)
    if item.is_folder or path.suffix.lower() not in (".py", ".ipynb"):
        return None
    notebook = path.suffix.lower() == ".ipynb"
    return recognise(path.stem, [p.name for p in assignment.parts if p.is_notebook == notebook])


def _of_prefixes(items: Sequence[Item], assignment: Assignment) -> Layout | None:
    """Files such as anna_vit_solution.py and ben_vit_solution.py: a student before each part."""
    seen = [(item, _part_of(item, assignment)) for item in items if not item.is_folder]
    named = [(item, part) for item, part in seen if part and part.before]
    whose: dict[str, set[str]] = {}
    for _, part in named:
        whose.setdefault(part.name, set()).add(part.before)
    whole = any(part and not part.before for _, part in seen)
    if whole or not any(len(people) > 1 for people in whose.values()):
        return None
    claims = merged(
        Claim(part.before, ((item.key, item.name[len(part.before) :].lstrip("_- .")),), item.name)
        for item, part in named
    )
    taken = {item.key for item, _ in named}
    rest = [i.name for i in items if i.key not in taken and not _is_ours(i)]
    return Layout("", False, "", tuple(claims), tuple(rest))


def _is_single(tree: Tree, items: Sequence[Item], assignment: Assignment, in_archive: bool) -> bool:
    """Whether a folder is one student's."""
    inner = [item for item in items if item.is_folder or is_archive(item.name)]
    loose = [item for item in items if not item.is_folder and not is_archive(item.name)]
    source = [i for i in loose if PurePosixPath(i.name).suffix.lower() in (".py", ".ipynb")]
    if source and not inner:
        return True
    inside = list(_parts_inside(tree, inner, assignment))
    repeated = max((sum(part in parts for parts in inside) for part in
                    {part for parts in inside for part in parts}), default=0)  # fmt: skip
    if any(_part_of(item, assignment) for item in loose):
        return repeated < 3
    if source and any(item.name.lower() in _RELEASED for item in inner):
        return True
    found = [parts for parts in inside if parts]
    if repeated > 1 or not found:
        return False
    if in_archive and len(inner) > 1:  # parts of one student in folders of their own
        return not any(is_archive(item.name) for item in inner)
    return len(found) > 1 and len(found) == len(inner)


def _parts_inside(
    tree: Tree, folders: Iterable[Item], assignment: Assignment
) -> Iterator[set[str]]:
    """The parts found in each folder, not far down."""
    for folder in folders:
        parts: set[str] = set()
        level = [folder.key] if folder.is_folder else []
        for _ in range(_LOOK):
            items = [item for key in level for item in tree.items(key)][:_MAX_LOOKED_AT]
            parts |= {part.name for item in items if (part := _part_of(item, assignment))}
            level = [item.key for item in items if item.is_folder]
        yield parts


# --- a folder or an archive for each student ----------------------------------------------------


def _folder_each(tree: Tree, items: Sequence[Item], assignment: Assignment) -> Layout:
    folders = [item for item in items if item.is_folder]
    names = {item.key: item.name for item in folders}
    if folders and all(item.is_repository for item in folders):  # as GitHub Classroom clones them
        users = without_prefix([item.name for item in folders])
        if users:
            names = {item.key: user for item, user in zip(folders, users, strict=True)}
    claims, unclaimed = [], []
    for item in items:
        if item.is_folder:
            own = f"{item.key}/{assignment.name}"  # nbgrader: student, then assignment
            inside = any(one.key == own and one.is_folder for one in tree.items(item.key))
            key = f"{own}/" if inside else f"{item.key}/"
            claims.append(Claim(names[item.key], ((key, ""),), item.name, time=item.time))
        elif is_archive(item.name) or is_unreadable_archive(item.name):
            who = _without_suffix(item.name)
            claims.append(Claim(who, ((item.key, ""),), item.name, time=item.time))
        elif not _is_ours(item):
            unclaimed.append(item.name)
    return Layout("", False, "", tuple(claims), tuple(unclaimed))


def _without_suffix(name: str) -> str:
    for suffix in sorted(ARCHIVES, key=len, reverse=True):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return PurePosixPath(name).stem
