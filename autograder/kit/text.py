"""Text that a student wrote, on its way into Markdown, pages, tables and terminals.

`clean` makes it harmless to store and print, `code` and `escape` make it harmless in Markdown.
Messages are put together from our own words and `code(...)` of theirs.
"""

from __future__ import annotations

import re

MAX_TEXT = 4000
_ANSI = re.compile(r"\x1b(?:\[[0-?]{0,32}[ -/]{0,8}[@-~]|[\]PX^_][^\x07\x1b]{0,256}\x07?|[@-Z\\])?")
# C0 and C1 controls but tab and newline, surrogates, and what turns the reading direction.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069"
    "\ufeff\ufff9-\ufffb]"
)
_SPACES = re.compile(r"\s+")
# What begins markup inside a line; an underscore inside a word does not.
_MARKUP = re.compile(r"([\\`*\[\]<>|~&$]|(?<=:)/|(?<![^\W_])_|_(?![^\W_]))")
_ESCAPED = re.compile(r"\\([\\`*_\[\]<>|~&$/])")
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """Without escape sequences and control characters, and no longer than `limit`."""
    text = _CONTROL.sub("", _ANSI.sub("", text[: 4 * limit].replace("\r\n", "\n")))
    return text if len(text) <= limit else text[: limit - 1] + "\u2026"


def one_line(text: str, limit: int = MAX_TEXT) -> str:
    """Clean, and on one line."""
    return _SPACES.sub(" ", clean(text, limit)).strip()


def code(text: str, limit: int = 500) -> str:
    """A Markdown code span that holds exactly this text, on one line; nothing in it is markup."""
    text = one_line(text, limit)
    if not text:
        return ""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest and (text[0] == "`" or text[-1] == "`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def escape(text: str, limit: int = MAX_TEXT) -> str:
    """Markdown that shows exactly this text, on one line, after words of ours."""
    return _MARKUP.sub(r"\\\1", one_line(text, limit))


def prose(text: str, limit: int = MAX_TEXT) -> str:
    """A sentence of ours that passed through the student's process: code spans stay, the rest is
    shown as it is."""
    parts = _SPAN.split(clean(text, limit))
    return "".join(
        (code(part) if number % 2 else _MARKUP.sub(r"\\\1", part.replace("\n", " ")))
        for number, part in enumerate(parts)
    )


def plain(markdown: str) -> str:
    """A message as it reads in a terminal: without the backslashes that `escape` added."""
    parts = re.split(r"((?<!\\)`[^`\n]*`)", markdown)
    return "".join(part if n % 2 else _ESCAPED.sub(r"\1", part) for n, part in enumerate(parts))
