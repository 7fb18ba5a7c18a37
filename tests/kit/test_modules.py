"""A file is run statement by statement: what fails costs only what depends on it."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator

import pytest

from autograder.kit.modules import SourceFinder, load
from autograder.kit.values import MISSING, STOPPED, Failure, Observation

NAME = "vit_solution"


@pytest.fixture(autouse=True)
def _leave_no_module() -> Iterator[None]:
    yield
    sys.modules.pop(NAME, None)


def run(text: str, skip: dict[str, str] | None = None) -> tuple[types.ModuleType, SourceFinder]:
    finder = SourceFinder({NAME: {f"{NAME}.py": text}}, skip)
    sys.meta_path.insert(0, finder)
    try:
        return load(NAME), finder
    finally:
        sys.meta_path.remove(finder)


def missing(name: str) -> Observation:
    return Observation(failure=Failure(MISSING, f"There is no `{name}`."))


def why(finder: SourceFinder, seen: Observation) -> Failure:
    failure = finder.explain(seen, f"{NAME}:f").failure
    assert failure is not None
    return failure


@pytest.mark.parametrize(
    "statement",
    [
        "import a_package_that_is_not_there as plt",
        "data = open('/nowhere/train.csv').read()",
        "assert 1 == 2, 'compared with nn.LayerNorm'",
        "exit()",
        "raise SystemExit(1)",
        "1 / 0",
        "for epoch in range(3):\n    train(epoch)",
        "model = None\nmodel.train()",
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_statement_that_fails_costs_nothing_that_does_not_need_it(
    statement: str, first: bool
) -> None:
    parts = [statement, "def f():\n    return 7"]
    module, finder = run("\n".join(parts if first else parts[::-1]) + "\n")
    assert module.f() == 7
    assert len(finder.failures) == 1


def test_what_needs_it_fails_and_the_message_names_the_statement() -> None:
    module, finder = run("x = 1\ndata = open('/nowhere')\ndef f():\n    return data\n")
    with pytest.raises(NameError) as raised:
        module.f()
    seen = Observation(failure=Failure("NameError", str(raised.value), "vit_solution.py", 4))
    assert (why(finder, seen).kind, why(finder, seen).line) == ("FileNotFoundError", 2)


def test_a_class_whose_base_failed_is_traced_to_the_import() -> None:
    text = "from nowhere import A\nclass B(A): pass\nclass f(B): pass\n"
    _, finder = run(text)
    assert why(finder, missing("f")).kind == "ModuleNotFoundError"


def test_a_name_that_nothing_defines_stays_missing() -> None:
    _, finder = run("1 / 0\n")
    assert why(finder, missing("f")).kind == MISSING


def test_a_file_that_is_not_valid_python_fails_as_a_whole() -> None:
    for text in ("def f():\n    return 7\ndef g(:\n", "x = 1\nreturn x\n"):
        with pytest.raises(SyntaxError):
            run(text)


def test_what_stands_under_main_does_not_run() -> None:
    _, finder = run("if __name__ == '__main__':\n    1 / 0\n")
    assert not finder.failures


def test_future_imports_hold_for_the_statements_after_them() -> None:
    module, finder = run("from __future__ import annotations\ndef f(x: NoSuchName) -> None: ...\n")
    assert not finder.failures and module.f.__annotations__["x"] == "NoSuchName"


def test_a_statement_that_never_ended_is_left_out_the_next_time() -> None:
    text = "while True:\n    pass\ndef f():\n    return 7\n"
    module, finder = run(text, {"vit_solution.py, line 1": "did not end"})
    assert module.f() == 7
    assert finder.failures[0].failure.kind == STOPPED
