.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
# A node and its children start in half the time when Python may keep what it has compiled.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help run test check bench journeys j1 j2 j3 j4 j5 j6 j7 faults pictures clean portal setup browser

help: ## show this list
	@grep -hE '^[a-z][a-z0-9 ]*:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: setup portal ## set up what is missing, start a node with the demo city and the portal
	$(BIN)/quanyu start --demo

test: setup portal browser ## set up what is missing, run the whole test suite
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --max-worker-restart 0 --ignore tests/browser tests
	$(BIN)/pytest -n 2 --dist loadfile --max-worker-restart 0 tests/browser

check: test ## format, lint, types, layers, texts and tests
	$(BIN)/ruff format --check src tests bench scripts
	$(BIN)/ruff check src tests bench scripts
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd portal && npm run --silent check

bench: setup ## measure, as ratios in one run on this machine
	$(BIN)/python -m bench

journeys: setup ## run the acceptance check of every journey that has one
	$(BIN)/python -m scripts.journeys

j1 j2 j3 j4 j5 j6 j7: setup ## … of one journey (docs/journeys.md)
	$(BIN)/python -m scripts.journeys $@

faults: setup ## kill, cut and fill: also the slow repetitions
	QUANYU_SLOW_FAULTS=1 $(BIN)/pytest tests/faults

pictures: setup portal browser ## take the pictures of every page of the portal for the docs
	$(BIN)/python -m scripts.pictures

clean: ## remove everything that the other targets made
	rm -rf .venv portal/node_modules portal/dist src/quanyu/app/static .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

setup: .venv/.ready
	@$(BIN)/python -m compileall -q -j 2 src

.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Quanyu needs Python 3.11 or newer: install it or call make PYTHON=python3.12'; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo 'Python cannot make a virtual environment: install the package python3-venv'; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

portal: setup ## build the portal where its sources have changed
	@sh scripts/portal.sh

browser:
	@sh scripts/browser.sh
