# Needs python3 (3.10 or newer, with venv), make and git; everything else goes into .venv/.
# Another Python:  make setup PYTHON=python3.12

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup grade test attacks fairness lint release docs lock clean FORCE

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
STAMP := .venv/.in-step

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

setup: $(STAMP) ## make .venv/ from requirements.lock (does nothing when it is in step)

grade: setup ## build the sample class into build/sample_class and grade it into build/results
	$(BIN)/python -m tests.submissions.build a2_lstm_and_vit build/sample_class
	$(BIN)/autograder grade a2_lstm_and_vit build/sample_class --out build/results

test: setup ## run the tests; pytest arguments go in ARGS, for example ARGS="-k layer_norm"
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto --dist loadfile $(ARGS)

attacks: setup ## try every hostile submission, and renew the table in docs/security.md
	$(BIN)/python -m tests.attacks $(ARGS)

fairness: setup ## mutants of the references under the checks; fails when one more keeps its points
	$(BIN)/python -m tests.fairness $(ARGS)

lint: setup ## ruff, mypy and the import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

release: setup ## write assignments/ anew from solutions/
	$(BIN)/autograder release

docs: setup ## build the documentation site into build/site
	$(BIN)/mkdocs build --strict

lock: setup ## bring requirements.lock in step with pyproject.toml (ARGS=--upgrade: newest versions)
	$(BIN)/uv pip compile -q $(ARGS) --universal --python-version 3.10 --generate-hashes --extra dev pyproject.toml -o requirements.lock

clean: ## remove build/ and the caches (.venv/ stays: remove it by hand to start afresh)
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name .venv -prune -o -name .git -prune -o -name __pycache__ -type d -exec rm -rf {} +

# The stamp is written last and holds the folder that .venv/ was made in. Where it is missing or
# names another folder (an interrupted first run, a copied or moved folder), or where the Python
# that .venv/ points to has gone, .venv/ is made anew; otherwise it is only brought in step.
WHOLE := $(shell test -x $(BIN)/python && test "$$(cat $(STAMP) 2>&1)" = "$$(pwd -P)" && echo yes)
ifneq ($(WHOLE),yes)
$(STAMP): FORCE
endif

$(STAMP): requirements.lock pyproject.toml
ifneq ($(WHOLE),yes)
	@command -v $(PYTHON) >/dev/null || { \
	  echo "There is no $(PYTHON) on this machine: please install Python 3.10 or newer."; \
	  exit 1; } >&2
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo "Python 3.10 or newer is needed, and $(PYTHON) is $$($(PYTHON) -V 2>&1)."; \
	  echo "If a newer one is installed under another name: make setup PYTHON=python3.12"; \
	  exit 1; } >&2
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments: it lacks the module venv or ensurepip."; \
	  echo "On Debian and Ubuntu: sudo apt install python3-venv"; \
	  exit 1; } >&2
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info >= (3, 14))' || \
	  echo "Note: $$($(PYTHON) -V) is newer than 3.13, the newest the course is tested with." >&2
	@echo "Setting up .venv (first time: a few minutes and 5 GB of disk) ..."
	@$(PYTHON) -m venv --clear .venv
else
	@echo "Bringing .venv in step with requirements.lock ..."
endif
	@# uv itself comes from its own entry in the lock, hashes included.
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > .venv/uv.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r .venv/uv.txt
	@$(BIN)/uv pip sync -q --python $(BIN)/python --compile-bytecode --require-hashes requirements.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@pwd -P > $@
