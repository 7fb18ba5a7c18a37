"""Builds a sample class out of the submissions in this folder.

A submission here holds only what its student wrote. Its functions are put into the file
students get (correct submissions: every function must be their own) or into the reference
(mistaken ones: all but the mistake is right).

    python -m tests.submissions.build a2_lstm_and_vit build/sample_class
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from autograder.course import find_assignment
from autograder.release.strip import strip_solutions

HERE = Path(__file__).resolve().parent
Definition = ast.FunctionDef | ast.ClassDef


def build_class(assignment: str, target: Path) -> list[Path]:
    """Write one folder per student; returns the folders."""
    course = find_assignment(assignment)
    names = [part.file_names[0] for part in course.parts]
    complete = {name: (course.reference / name).read_text("utf-8") for name in names}
    blank = {name: _blank(text, name) for name, text in complete.items()}
    students: dict[str, dict[str, str]] = {"blank_template": blank}
    for kind, base in (("correct", blank), ("mistaken", complete)):
        for folder in sorted((HERE / assignment / kind).iterdir()):
            if folder.is_dir() and not folder.name.startswith("_"):
                students[f"{kind}_{folder.name}"] = {
                    name: _inserted(text, folder / f"{Path(name).stem}.py", name)
                    for name, text in base.items()
                }
    for student, files in students.items():
        for name, text in files.items():
            path = target / student / name
            if not path.exists() or path.read_text("utf-8") != text:  # untouched: not regraded
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
    return [target / student for student in students]


def _blank(text: str, name: str) -> str:
    if not name.endswith(".ipynb"):
        return strip_solutions(text)
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["source"] = strip_solutions("".join(cell["source"])).rstrip("\n")
    return json.dumps(notebook, indent=1)


def _inserted(base: str, written: Path, name: str) -> str:
    if not written.exists():
        return base
    insert = insert_into_notebook if name.endswith(".ipynb") else insert_text
    return insert(base, written.read_text("utf-8"))


def insert_into_notebook(base: str, written: str) -> str:
    """`base` with the definitions of `written` in the answer cells that have them; what stands
    before one of these (imports, helpers) goes into its cell."""
    notebook = json.loads(base)
    cells = {}
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("solution"):
            cells |= {n.name: cell for n in ast.parse(text).body if isinstance(n, Definition)}
    waiting: list[str] = []
    for node in _without_docstring(ast.parse(written)):
        waiting += ["", *_lines(node, written.splitlines())]
        if isinstance(node, Definition) and node.name in cells:
            cell = cells[node.name]
            cell["source"] = insert_text("".join(cell["source"]), "\n".join(waiting)).rstrip("\n")
            waiting = []
    return json.dumps(notebook, indent=1)


def insert_text(base: str, written: str) -> str:
    """`base` with the definitions of `written` in place of its own of the same name."""
    lines = base.splitlines()
    body = ast.parse(base).body
    classes = {node.name: node for node in body if isinstance(node, ast.ClassDef)}
    functions = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
    edits: list[tuple[int, int, list[str]]] = []  # first line, line after the last, new lines
    top: list[str] = []
    source = written.splitlines()
    for node in _without_docstring(ast.parse(written)):
        if isinstance(node, ast.ClassDef) and node.name in classes:
            edits += _edits(classes[node.name], node, source)
        elif isinstance(node, ast.FunctionDef) and node.name in functions:
            old = functions[node.name]
            edits.append((_first_line(old), (old.end_lineno or 0) + 1, _lines(node, source)))
        else:
            top += ["", *_lines(node, source)]
    imports = [n for n in body if isinstance(n, ast.Import | ast.ImportFrom)]
    after = max([0, *(n.end_lineno or n.lineno for n in imports)])
    edits.append((after + 1, after + 1, top))
    for start, end, new in sorted(edits, key=lambda edit: edit[0], reverse=True):
        lines[start - 1 : end - 1] = new
    return "\n".join(lines) + "\n"


def _edits(
    old: ast.ClassDef, new: ast.ClassDef, source: list[str]
) -> Iterator[tuple[int, int, list[str]]]:
    """Replace methods of the same name, put the others at the end of the class."""
    own = {node.name: node for node in old.body if isinstance(node, ast.FunctionDef)}
    end = (old.end_lineno or old.lineno) + 1
    for node in _without_docstring(new):
        text = _lines(node, source)
        if isinstance(node, ast.FunctionDef) and node.name in own:
            replaced = own[node.name]
            yield _first_line(replaced), (replaced.end_lineno or 0) + 1, text
        else:
            yield end, end, ["", *text]


def _without_docstring(node: ast.Module | ast.ClassDef) -> list[ast.stmt]:
    return node.body[1:] if ast.get_docstring(node) is not None else node.body


def _lines(node: ast.stmt, source: list[str]) -> list[str]:
    return source[_first_line(node) - 1 : node.end_lineno]


def _first_line(node: ast.stmt) -> int:
    decorators = node.decorator_list if isinstance(node, Definition) else []
    return min([node.lineno, *(d.lineno for d in decorators)])


if __name__ == "__main__":
    assignment, target = sys.argv[1], Path(sys.argv[2])
    print(f"{len(build_class(assignment, target))} submissions in {target}")
