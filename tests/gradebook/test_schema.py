"""docs/results.schema.json describes results.json, and is up to date."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

from autograder.course import ROOT
from autograder.grading.result import ClassResults
from tests.gradebook.test_store import published, result

SCHEMA = json.loads((ROOT / "docs" / "results.schema.json").read_text())


def test_the_schema_in_docs_is_that_of_the_code() -> None:
    assert ClassResults.model_json_schema(by_alias=True) == SCHEMA, "see docs/make_schema.py"


def test_a_results_file_is_valid(tmp_path: Path) -> None:
    folder = published(tmp_path, result("s001"), result("s002", "m", "failed"))
    jsonschema.validate(json.loads((folder / "results.json").read_text()), SCHEMA)
