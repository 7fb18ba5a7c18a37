"""Prints the JSON Schema of results.json.

python docs/make_schema.py > docs/results.schema.json
"""

import json

from autograder.grading.result import ClassResults

print(json.dumps(ClassResults.model_json_schema(by_alias=True), indent=1))
