"""pyproject.toml, requirements.lock, environment.yml and the Makefile are in step."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
PYTHONS = ("3.10.13", "3.11.9", "3.12.7", "3.13.1")
ENTRY = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?:\s*;\s*(?P<marker>.+))?")
SHA256 = re.compile(r"--hash=sha256:[0-9a-f]{64}")


class Pin(NamedTuple):
    """One entry of the lock: a package at one version, for some environments or for all."""

    name: str
    version: Version
    marker: Marker | None
    hashes: int
    direct: bool  # asked for by pyproject.toml, says the lock


def read_lock(text: str) -> list[Pin]:
    """The entries of a lock; a line that is neither entry, hash nor comment is an error."""
    pins: list[Pin] = []
    for line in text.splitlines():
        bare = line.strip().removesuffix("\\").strip()
        if line.startswith(" ") and SHA256.fullmatch(bare):
            pins[-1] = pins[-1]._replace(hashes=pins[-1].hashes + 1)
        elif line.startswith(" ") and bare.startswith("#"):
            if bare.endswith("autograder (pyproject.toml)"):
                pins[-1] = pins[-1]._replace(direct=True)
        elif line and not line.startswith("#"):
            entry = ENTRY.fullmatch(bare)
            assert entry, f"not a pinned requirement: {line!r}"
            marker = Marker(entry["marker"]) if entry["marker"] else None
            name = canonicalize_name(entry["name"])
            pins.append(Pin(name, Version(entry["version"]), marker, 0, False))
    return pins


LOCK_TEXT = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PINS = read_lock(LOCK_TEXT)
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DIRECT = [
    Requirement(line)
    for line in [
        *PYPROJECT["project"]["dependencies"],
        *PYPROJECT["project"]["optional-dependencies"]["dev"],
    ]
]


def environment() -> tuple[list[str], list[str]]:
    """The conda requirements and the lines for pip in environment.yml."""
    content = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = [entry for entry in content["dependencies"] if isinstance(entry, str)]
    sections = [entry["pip"] for entry in content["dependencies"] if isinstance(entry, dict)]
    assert len(sections) == 1, "one pip section"
    return conda, sections[0]


@pytest.mark.parametrize("requirement", DIRECT, ids=lambda r: r.name)
def test_a_direct_dependency_is_pinned_within_its_range(requirement: Requirement) -> None:
    pins = [pin for pin in PINS if pin.name == canonicalize_name(requirement.name)]
    assert pins, f"{requirement.name} is not in requirements.lock: run `make lock`"
    for pin in pins:
        assert pin.direct, f"{pin.name} is not marked as asked for by pyproject.toml"
        assert pin.version in requirement.specifier, f"{pin.name} {pin.version}: run `make lock`"


@pytest.mark.parametrize("python", PYTHONS)
def test_each_python_gets_one_version_of_each_direct_dependency(python: str) -> None:
    linux = {
        "python_version": ".".join(python.split(".")[:2]),
        "python_full_version": python,
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    wanted = [
        pin.name
        for pin in PINS
        if pin.direct and (pin.marker is None or pin.marker.evaluate(linux))
    ]
    needed = [one for one in DIRECT if one.marker is None or one.marker.evaluate(linux)]
    assert sorted(wanted) == sorted(canonicalize_name(requirement.name) for requirement in needed)


def test_the_lock_asks_for_nothing_that_pyproject_does_not() -> None:
    asked = {canonicalize_name(requirement.name) for requirement in DIRECT}
    assert {pin.name for pin in PINS if pin.direct} == asked, "run `make lock`"


def test_every_entry_of_the_lock_has_hashes() -> None:
    assert [pin.name for pin in PINS if not pin.hashes] == []


@pytest.mark.parametrize("name", ["requirements.lock", "environment.yml", "pyproject.toml"])
def test_no_file_holds_an_index_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    pattern = r"\b(?:https?|ftp|file)://|--(?:extra-)?index(?:-url)?\b|--find-links\b|\bpypi\b"
    assert re.findall(pattern, text, flags=re.IGNORECASE) == []


def test_the_lock_says_the_command_that_make_lock_runs() -> None:
    command = LOCK_TEXT.splitlines()[1].lstrip("# ")
    assert command.startswith("uv pip compile ")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = next(line for line in makefile.splitlines() if "uv pip compile" in line)
    assert recipe.strip().replace("$(BIN)/", "").replace(" -q $(ARGS)", "") == command


def test_uv_has_one_entry_for_all_because_make_setup_cuts_it_out() -> None:
    entry = re.findall(r"^uv==[^\s;]+ \\\n(?:    --hash=.+\n)+", LOCK_TEXT, flags=re.MULTILINE)
    assert len(entry) == 1
    assert all(line.endswith("\\") for line in entry[0].splitlines()[:-1])
    assert not entry[0].splitlines()[-1].endswith("\\")


def test_the_build_needs_nothing_beyond_the_lock() -> None:
    for line in PYPROJECT["build-system"]["requires"]:
        requirement = Requirement(line)
        pins = [pin for pin in PINS if pin.name == canonicalize_name(requirement.name)]
        assert pins, f"{requirement.name} is needed to build, but not in the lock"
        assert all(pin.version in requirement.specifier for pin in pins)


def test_conda_installs_the_lock_and_nothing_else() -> None:
    conda, pip = environment()
    assert pip == ["--require-hashes", "-r requirements.lock"]
    assert {re.split(r"[<>=!~ ]", entry)[0] for entry in conda} == {"python", "pip"}


def test_condas_python_is_one_that_the_project_and_the_lock_are_for() -> None:
    conda, _ = environment()
    line = next(entry for entry in conda if entry.startswith("python"))
    allowed = SpecifierSet(line.removeprefix("python"))
    supported = SpecifierSet(PYPROJECT["project"]["requires-python"])
    minors = [f"3.{minor}" for minor in range(30)]
    chosen = [minor for minor in minors if minor in allowed]
    assert chosen == [".".join(python.split(".")[:2]) for python in PYTHONS]
    assert all(minor in supported for minor in chosen)
    lowest = re.search(r"--python-version (\S+)", LOCK_TEXT)
    assert lowest and lowest[1] == chosen[0]
