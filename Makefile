# Two commands set up everything: `make demo` and `make test`.  `make help` lists the rest.

PYTHON ?= python3
BIN := .venv/bin
INPUTS := pyproject.toml constraints.txt tools/bootstrap.sh

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-long quick lint format bench coverage docs clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*  ## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

# Stamps: nothing is installed again until one of INPUTS changes. The dev stamp includes the runtime.
.venv/.runtime: $(INPUTS)
	@PYTHON='$(PYTHON)' tools/bootstrap.sh runtime

.venv/.dev: $(INPUTS)
	@PYTHON='$(PYTHON)' tools/bootstrap.sh dev

setup: .venv/.dev  ## the virtual environment with everything for development

demo: .venv/.runtime  ## a simulated campus on loopback, audited; ends with the score and the report
	@$(BIN)/campus-auditor demo

test: .venv/.dev  ## lint, types, floors and all tests, with the system packages they need
	@tools/system-packages.sh
	@tools/test.sh

test-long: .venv/.dev  ## the longer tests: real radios in an emulated machine (about 4 minutes)
	@tools/long-packages.sh
	@CAMPUS_AUDITOR_LONG=1 $(BIN)/python -m pytest -m long -q

quick: .venv/.dev  ## unit tests only
	@$(BIN)/python -m pytest tests/unit -n auto -q

lint: .venv/.dev  ## ruff, format, mypy, import-linter
	@tools/test.sh lint

format: .venv/.dev  ## put the code in order
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: .venv/.dev  ## every bench/*.py, one after the other; each prints ratios
	@tools/bench.sh

coverage: .venv/.dev  ## branch coverage of all tests, as a table and in htmlcov/
	@$(BIN)/coverage run -m pytest -q
	@$(BIN)/coverage html -q
	@$(BIN)/coverage report --skip-covered --sort=cover

docs: .venv/.dev  ## docs/coverage.md, docs/inventory.schema.json and the catalogue
	@$(BIN)/python tools/docs.py
	@$(BIN)/python tools/catalogue.py

clean:  ## everything that was made, but not .venv
	@rm -rf dist build htmlcov .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache demo
	@find . -path ./.venv -prune -o -type d -name __pycache__ -exec rm -rf {} +
