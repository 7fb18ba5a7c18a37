"""Of several attempts of one student, the latest; the others are named and not read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Claim:
    """Files and folders that are somebody's, as names say.

    members  key -> its name in the submission, as in `discover.Found`
    shown    what to call it in a sentence
    when     of the attempt: a platform's text that sorts, or empty
    time     of its files, seconds
    """

    who: str
    members: tuple[tuple[str, str], ...]
    shown: str
    key: str = ""
    late: bool = False
    when: str = ""
    time: float = 0.0


def latest(claims: Iterable[Claim]) -> Iterator[tuple[Claim, tuple[str, ...]]]:
    """One claim for each student, with a note where there were more."""
    by_student: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        by_student.setdefault((claim.who, claim.key), []).append(claim)
    for theirs in by_student.values():
        newest = max(theirs, key=lambda claim: (claim.when, claim.time))
        others = ", ".join(claim.shown for claim in theirs if claim is not newest)
        note = (
            f"There were {len(theirs)} submissions: the newer one, {newest.shown}, was graded and "
            f"not {others}."
        )
        yield newest, (note,) if others else ()


def merged(claims: Iterable[Claim]) -> list[Claim]:
    """Files of one attempt of one student, together."""
    found: dict[tuple[str, str, str], Claim] = {}
    for claim in claims:
        at = claim.who, claim.key, claim.when
        old = found.get(at)
        if old is None:
            found[at] = claim
            continue
        found[at] = replace(
            old,
            members=old.members + claim.members,
            late=old.late or claim.late,
            time=max(old.time, claim.time),
        )
    return list(found.values())
