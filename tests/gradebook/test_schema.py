"""docs/results.schema.json describes results.json, and is up to date."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

from autograder.course import ROOT
from autograder.gradebook.store import load_results
from autograder.grading.result import SCHEMA as VERSION
from autograder.grading.result import ClassResults
from tests.gradebook.samples import check, published, result

SCHEMA = json.loads((ROOT / "docs" / "results.schema.json").read_text())


def test_the_schema_in_docs_is_that_of_the_code() -> None:
    assert ClassResults.model_json_schema(by_alias=True) == SCHEMA, "see docs/make_schema.py"


def test_a_results_file_is_valid(tmp_path: Path) -> None:
    folder = published(tmp_path, result("s001"), result("s002", check(status="failed", points=0)))
    jsonschema.validate(json.loads((folder / "results.json").read_text()), SCHEMA)


def test_results_of_the_first_schema_are_read_as_todays(tmp_path: Path) -> None:
    old = json.loads((published(tmp_path, result("s001")) / "results.json").read_text())
    old["schema"] = 1
    for one in old["submissions"]:
        del one["source"], one["submitted"]
        for checked in one["checks"]:
            del checked["extra_credit"]
    (tmp_path / "results.json").write_text(json.dumps(old))
    loaded = load_results(tmp_path)
    assert loaded.version == VERSION and loaded.submissions[0].score == 1.0
