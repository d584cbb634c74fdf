# `make` alone lists the commands. Every one sets up what it needs, and is quick when nothing changed.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check lint bench lock lock-check setup-test

BIN := .venv/bin
WORKERS ?= 2
PYTEST_ARGS ?=

help:  ## List the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

setup:  ## Create .venv with the locked packages, servq and the system libraries
	@./scripts/setup.sh run

demo: setup  ## Seed a study, start the server, write a report
	@$(BIN)/servq demo

setup-test:
	@./scripts/setup.sh test

test: setup-test  ## Run the tests (WORKERS=2, PYTEST_ARGS="-k gap")
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) -m "not coverage_simulation" $(PYTEST_ARGS)

lint: setup-test  ## Style, types, import contracts and instruments
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/servq instrument check instruments

check: lint test  ## Everything that must hold before a change is merged

bench: setup-test  ## Run the benchmarks one after the other; each prints its ratios
	@set -e; for benchmark in benchmarks/*.py; do echo; echo "$$benchmark"; $(BIN)/python "$$benchmark"; done
	@$(BIN)/python -m pytest -m coverage_simulation --quiet

lock: setup-test  ## Write the locks anew from pyproject.toml (LOCK_ARGS=--upgrade renews the pins)
	@./scripts/lock.sh $(LOCK_ARGS)

lock-check: setup-test  ## See that the locks hold for every supported Python
	@./scripts/lock_check.sh
