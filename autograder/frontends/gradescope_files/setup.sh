#!/usr/bin/env bash
# Run once by Gradescope, when the image is built. Installs Python packages and nothing else.
set -euo pipefail
BASE="${AUTOGRADER_BASE:-/autograder}"
apt-get update -qq && apt-get install -y -qq python3-venv
python3 -m venv "$BASE/venv"
"$BASE/venv/bin/pip" install -q "uv==@UV@"
# The CPU build of torch fits into the smallest container; the CUDA build does not.
"$BASE/venv/bin/uv" pip install -q --python "$BASE/venv/bin/python" --torch-backend cpu \
    -r "$BASE/source/requirements.txt"
