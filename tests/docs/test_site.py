"""The documentation builds offline, with every link checked."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import autograder
from autograder.course import ROOT

LINK = re.compile(r"\]\(([^)#\s]+)")


def test_the_site_builds_and_fetches_nothing(tmp_path: Path) -> None:
    """Strict: a broken link or anchor stops the build."""
    site = tmp_path / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d", str(site)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for page in site.glob("*.html"):
        loaded = re.findall(r'<(?:script|link)[^>]+(?:src|href)="(https?:[^"]+)"', page.read_text())
        assert not loaded, page.name


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")), ids=lambda page: page.name)
def test_links_of_pages_outside_the_site_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        assert re.match(r"https?:", target) or (page.parent / target).exists(), target


def test_the_citation_names_the_version_of_the_package() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == autograder.__version__
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
