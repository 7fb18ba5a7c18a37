"""Submissions that look alike, by winnowing (Schleimer, Wilkerson and Aiken, 2003).

Names, numbers and strings count as one token each, comments and white space as none, so renaming
hides nothing. What the template gives, and what many share, is left out. The texts are cut into
tokens by one regular expression that reads every character a fixed number of times; nothing of
them is parsed as Python.
"""

from __future__ import annotations

import keyword
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from autograder.gradebook.names import file_name
from autograder.gradebook.pages import render
from autograder.kit.text import clean

Sources = Mapping[str, str]  # label of a file or cell -> its text

_TOKEN = re.compile(
    r"#[^\n]*|'[^'\n]*'|\"[^\"\n]*\"|(?P<name>[^\W\d]\w*)|(?P<number>\d[\w.]*)|(?P<space>\s+)|."
)
_GRAM, _WINDOW = 10, 5  # a copied run of 14 tokens is always found
_MAX_CHARACTERS = 200_000
_MIN_PRINTS = 15  # with fewer of its own, a file is too short to say anything
_MAX_PAIRS, _MIN_SHARE = 50, 0.4


@dataclass(frozen=True)
class Pair:
    """Two students whose work in one file looks alike; `page` shows it side by side."""

    first: str
    second: str
    file: str
    share: float  # of the smaller one's own fingerprints
    page: str = ""
    lines: tuple[frozenset[int], frozenset[int]] = field(default=(frozenset(), frozenset()))


Prints = dict[int, list[int]]  # fingerprint -> lines where it begins


def similar_pairs(students: Mapping[str, Sources], template: Sources) -> list[Pair]:
    """Pairs of students, the most alike first; each pair once, with its most similar file."""
    given = {one for text in template.values() for one in fingerprints(text)}
    best: dict[tuple[str, str], Pair] = {}
    for file in sorted({label for sources in students.values() for label in sources}):
        own = {
            name: {h: lines for h, lines in fingerprints(sources[file]).items() if h not in given}
            for name, sources in students.items()
            if file in sources
        }
        for pair in _pairs_of_file(file, own):
            known = best.get((pair.first, pair.second))
            if known is None or known.share < pair.share:
                best[pair.first, pair.second] = pair
    ranked = sorted(best.values(), key=lambda pair: (-pair.share, pair.first, pair.second))
    return ranked[:_MAX_PAIRS]


def fingerprints(text: str) -> Prints:
    """The winnowed hashes of all runs of tokens, with the lines on which they begin."""
    tokens, lines = _tokens(text[:_MAX_CHARACTERS])
    grams = [
        zlib.crc32(" ".join(tokens[i : i + _GRAM]).encode())  # the same in every process
        for i in range(len(tokens) - _GRAM + 1)
    ]
    found: Prints = defaultdict(list)
    last = -1
    for start in range(max(0, len(grams) - _WINDOW + 1)):
        window = range(start, start + _WINDOW)
        chosen = min(window, key=lambda i: (grams[i], -i))
        if chosen != last:
            found[grams[chosen]].append(lines[chosen])
            last = chosen
    return dict(found)


def _tokens(text: str) -> tuple[list[str], list[int]]:
    tokens: list[str] = []
    lines: list[int] = []
    line = 1
    for match in _TOKEN.finditer(text):
        token = match[0]
        if match["name"]:
            tokens.append(token if keyword.iskeyword(token) else "v")
        elif match["number"]:
            tokens.append("n")
        elif not match["space"] and not token.startswith("#"):
            tokens.append("s" if len(token) > 1 else token)
        if len(lines) < len(tokens):
            lines.append(line)
        line += token.count("\n")
    return tokens, lines


def _pairs_of_file(file: str, own: Mapping[str, Prints]) -> list[Pair]:
    holders: dict[int, list[str]] = defaultdict(list)
    for name, prints in own.items():
        for one in prints:
            holders[one].append(name)
    many = max(4, len(own) // 10)  # what so many share is the exercise's, not somebody's
    rare = {one: names for one, names in holders.items() if len(names) <= many}
    shared = Counter(pair for names in rare.values() for pair in combinations(sorted(names), 2))
    counts = Counter(name for names in rare.values() for name in names)
    found = []
    for (first, second), number in shared.items():
        smaller = min(counts[first], counts[second])
        if smaller >= _MIN_PRINTS and number / smaller >= _MIN_SHARE:
            common = [one for one in own[first].keys() & own[second].keys() if one in rare]
            lines = tuple(
                frozenset(line for one in common for line in own[name][one])
                for name in (first, second)
            )
            page = f"similar/{file_name(first)}--{file_name(second)}.html"
            found.append(Pair(first, second, file, number / smaller, page, (lines[0], lines[1])))
    return found


def pair_page(pair: Pair, texts: Sequence[str], title: str) -> str:
    """Both texts side by side; the lines where a shared run of tokens begins are marked."""
    sides = [
        (name, [(i in marked, line) for i, line in enumerate(_lines(text), start=1)])
        for name, text, marked in zip((pair.first, pair.second), texts, pair.lines, strict=True)
    ]
    return render("similar.html", title=title, pair=pair, sides=sides)


def _lines(text: str) -> list[str]:
    return clean(text, _MAX_CHARACTERS).split("\n")
