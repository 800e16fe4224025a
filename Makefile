# policywatch: `make run` starts the daemon, `make test` proves it. Works with uv, or with venv + pip.
.DEFAULT_GOAL := help
.PHONY: help run test lint bench profile campaign screenshots licences audit wheel clean
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
CONFIG ?= config.toml

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.ready-run ## start the daemon with config.toml (Ctrl-C stops it cleanly)
	@exec $(BIN)/policywatch --config $(CONFIG) run

test: lint ## lint, types, layers and tests
	@# Many tests start processes: none of them is to compile everything anew.
	@$(BIN)/python -m compileall -q monitor store notifiers web tests || true
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(VENV)/.ready-dev ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(VENV)/.ready-dev ## benchmarks (semantics needs ../shared/eval; each says what it skips)
	$(BIN)/python -m benchmarks

profile: $(VENV)/.ready-dev ## flame graphs of check cycles, in the folder profile/
	$(BIN)/python -m benchmarks.profiled

campaign: $(VENV)/.ready-dev ## long campaigns: crashes, fuzz, replays
	$(BIN)/python -m pytest -m campaign -rP

screenshots: $(VENV)/.ready-dev ## pictures of every page, wide and narrow, light and dark, into screenshots/
	$(BIN)/python -m tests.web.chromium.screenshots screenshots

licences: $(VENV)/.ready-dev ## docs/licences.md from the installed packages; fails on one that is not permissive
	$(BIN)/python tools/licences.py --write

audit: $(VENV)/.ready-audit ## ask an advisory service about every locked version (pip-audit)
	$(BIN)/python tools/audit.py uv.lock

wheel: $(VENV)/.ready-dev ## build the wheel twice, apart, and compare the bytes
	$(BIN)/python tools/wheel.py dist

clean: ## remove the virtual environment and caches (never the store)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist

$(VENV)/.ready-run: pyproject.toml uv.lock tools/install.sh
	@sh tools/install.sh run
	@touch $@

$(VENV)/.ready-dev: pyproject.toml uv.lock tools/install.sh
	@sh tools/install.sh dev
	@sh tools/axe.sh
	@touch $@ $(VENV)/.ready-run

$(VENV)/.ready-audit: pyproject.toml uv.lock tools/install.sh
	@sh tools/install.sh audit
	@touch $@ $(VENV)/.ready-dev $(VENV)/.ready-run
