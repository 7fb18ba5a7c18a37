"""Tables and figures with captions, written as Markdown, LaTeX and HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class Cell(NamedTuple):
    """One entry of a table."""

    text: str
    bold: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of cells below headings; columns of numbers stand flush right."""

    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numeric: Sequence[bool]  # of each column


@dataclass(frozen=True)
class Figure:
    """A picture in the folder of the page."""

    caption: str
    path: Path  # relative to the page

    @property
    def alt(self) -> str:
        """What a screen reader says in place of the picture: the beginning of the caption."""
        return ". ".join(self.caption.split(". ")[:2])


Item = Table | Figure


# --- Markdown -------------------------------------------------------------------------------------


def markdown(title: str, items: Sequence[Item]) -> str:
    """The page as Markdown."""
    parts = [f"# {_plain(title)}"]
    for item in items:
        if isinstance(item, Table):
            parts += [_markdown_table(item), _plain(item.caption)]
        else:
            parts += [f"![{_plain(item.alt)}]({item.path.as_posix()})", _plain(item.caption)]
    return "\n\n".join(parts) + "\n"


def _plain(text: str) -> str:
    return re.sub(r"([\\|*_`<\[])", r"\\\1", text)


def _markdown_table(table: Table) -> str:
    lines = [
        [_plain(heading) for heading in table.headings],
        ["--:" if numeric else ":--" for numeric in table.numeric],
        *[[f"**{_plain(c.text)}**" if c.bold else _plain(c.text) for c in r] for r in table.rows],
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


# --- LaTeX ----------------------------------------------------------------------------------------

_SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def latex(title: str, items: Sequence[Item]) -> str:
    """The page as LaTeX, for \\input; needs graphicx and booktabs."""
    parts = [f"% {title}. Needs \\usepackage{{graphicx,booktabs}}"]
    for item in items:
        body = (
            _latex_table(item)
            if isinstance(item, Table)
            else rf"\includegraphics[width=\linewidth]{{{item.path.as_posix()}}}"
        )
        kind = "table" if isinstance(item, Table) else "figure"
        parts.append(
            f"\\begin{{{kind}}}\n\\centering\n{body}\n"
            f"\\caption{{{_tex(item.caption)}}}\n\\end{{{kind}}}"
        )
    return "\n\n".join(parts) + "\n"


def _tex(text: str) -> str:
    return re.sub(r"[\\~^&%$#_{}]", lambda m: _SPECIAL.get(m[0], f"\\{m[0]}"), text)


def _latex_table(table: Table) -> str:
    columns = "".join("r" if numeric else "l" for numeric in table.numeric)
    rows = [[rf"\textbf{{{_tex(c.text)}}}" if c.bold else _tex(c.text) for c in r]
            for r in table.rows]  # fmt: skip
    body = "\n".join(" & ".join(row) + r" \\" for row in rows)
    heading = " & ".join(_tex(heading) for heading in table.headings)
    return (
        f"\\begin{{tabular}}{{{columns}}}\n\\toprule\n{heading} \\\\\n\\midrule\n"
        f"{body}\n\\bottomrule\n\\end{{tabular}}"
    )


# --- HTML -----------------------------------------------------------------------------------------

_STYLE = """
body { font: 16px/1.5 sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin-top: 2rem; }
th, td { padding: .2rem .7rem; text-align: left; border-bottom: 1px solid #ddd; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
img { max-width: 100%; margin-top: 2rem; }
figure { margin: 0; } caption, figcaption { caption-side: bottom; text-align: left; color: #444; }
"""


def page(title: str, items: Sequence[Item]) -> str:
    """The page as HTML."""
    parts = [_html_table(x) if isinstance(x, Table) else _html_figure(x) for x in items]
    name = html.escape(title)
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{name}</title>\n'
        f"<style>{_STYLE}</style>\n<h1>{name}</h1>\n" + "\n".join(parts) + "\n</html>\n"
    )


def _html_figure(figure: Figure) -> str:
    caption, alt, path = map(html.escape, (figure.caption, figure.alt, figure.path.as_posix()))
    picture = f'<img src="{path}" alt="{alt}">'
    return f"<figure>\n{picture}\n<figcaption>{caption}</figcaption>\n</figure>"


def _html_table(table: Table) -> str:
    kinds = [' class="number"' if numeric else "" for numeric in table.numeric]
    heads = zip(kinds, table.headings, strict=True)
    lines = ["".join(f"<th{kind}>{html.escape(text)}</th>" for kind, text in heads)]
    for row in table.rows:
        cells = [(kind, f"<b>{html.escape(c.text)}</b>" if c.bold else html.escape(c.text))
                 for kind, c in zip(kinds, row, strict=True)]  # fmt: skip
        lines.append("".join(f"<td{kind}>{text}</td>" for kind, text in cells))
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table>\n<caption>{html.escape(table.caption)}</caption>\n{body}\n</table>"
