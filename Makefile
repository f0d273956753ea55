# Works on a fresh Debian or Ubuntu that has Python 3.11 or newer and make.

VENV ?= .venv
ARGS ?=
BIN := $(VENV)/bin
export VENV

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test lint format lock docs boards boards-check boards-pictures bench bench-figures bench-load pictures accuracy clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24

setup: ## Install what the program needs to run, and a browser
	@.ci/setup run

setup-dev: ## Install that and what the tests need
	@.ci/setup dev

demo: setup ## Watch a rehearsal site with a scripted outage (ARGS=--exit to stop at the end)
	@$(BIN)/anef-monitor demo $(ARGS)

test: setup-dev lint ## Check everything (ARGS go to pytest, such as ARGS="-k settings")
	$(BIN)/pytest -n 2 -m "not alone" $(ARGS) || test $$? -eq $(NOTHING_CHOSEN)
	$(BIN)/pytest -m alone $(ARGS) || test $$? -eq $(NOTHING_CHOSEN)

NOTHING_CHOSEN := 5  # pytest's exit code when ARGS choose no test of this half

lint: setup-dev ## Check form and types only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup-dev ## Put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup-dev ## Write the lock files again (ARGS=--upgrade for newer versions)
	$(BIN)/uv pip compile $(ARGS) $(COMPILE) --group dev --output-file requirements.lock pyproject.toml
	$(BIN)/uv pip compile $(COMPILE) --constraint requirements.lock \
		--output-file requirements-run.lock pyproject.toml

COMPILE := --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links

docs: setup-dev ## Write the pages that are made from the code again
	$(BIN)/python -m monitor.settings_docs docs
	$(BIN)/python -m monitor.rules_docs docs
	$(BIN)/python -m grafana.boards

boards: setup-dev ## Write dashboards and alert rules again (ARGS="--site https://anef.example.org")
	$(BIN)/python -m grafana.boards $(ARGS)

NPM_INSTALL := cd grafana/drawn && npm install --legacy-peer-deps --no-package-lock --ignore-scripts \
	--no-audit --no-fund --loglevel=error

boards-check: ## Compile the dashboards as Grafana's own type (needs Node.js and npm, 700 MB)
	$(NPM_INSTALL) && npm run --silent types

boards-pictures: boards-check setup-dev ## Draw the boards with Grafana's own components (five minutes)
	cd grafana/drawn && npm run --silent build
	$(BIN)/python -m bench.board_data grafana/drawn/built/data.json
	$(BIN)/python -m bench.board_pictures grafana/drawn/built

bench: setup-dev ## Measure: a warm check, many checks, evidence, the log (prints medians and ratios)
	$(BIN)/python -m bench.warm $(ARGS)
	$(BIN)/python -m bench.evidence
	$(BIN)/python -m bench.soak
	$(BIN)/python -m bench.certificate
	$(BIN)/python -m bench.merkle

bench-figures: setup-dev ## Measure figures over 0.1 to 5 million observations on both databases
	$(BIN)/python -m bench.figures $(ARGS)

bench-load: setup-dev ## Measure what visitors cost, and whether slots run on time meanwhile (needs wrk)
	$(BIN)/python -m bench.load $(ARGS)

accuracy: setup-dev ## Rehearse outages whose truth is known, and count what was wrong (writes docs/accuracy.*)
	$(BIN)/python -m bench.accuracy $(ARGS)

pictures: setup-dev ## Make the README's pictures again from a real demo
	$(BIN)/python -m bench.pictures
	$(BIN)/python -m bench.releves

clean: ## Remove the environment and the caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
