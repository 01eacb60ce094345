# make demo and make test need Python 3.11, make and git beforehand, nothing else; `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?=
export PYTHON
# Tests start many processes: each would compile every module again.
unexport PYTHONDONTWRITEBYTECODE
# The machine's own list of certificate authorities counts, a company's too: pip, uv and npm bring theirs along.
AUTHORITIES := $(wildcard /etc/ssl/certs/ca-certificates.crt)
ifneq ($(AUTHORITIES),)
export PIP_CERT ?= $(AUTHORITIES)
export UV_SYSTEM_CERTS ?= 1
export NODE_EXTRA_CA_CERTS ?= $(AUTHORITIES)
endif

BIN := .venv/bin
UV := .uv/bin/uv
# Nothing published later goes into the lock: a week of cooling at the day of the change. The same day, the same lock.
LOCK_DATE := 2026-11-18
LOCK := $(UV) pip compile --quiet --upgrade --generate-hashes --no-header --no-emit-index-url --no-build \
	--exclude-newer $(LOCK_DATE) --python-version 3.11
PYTEST := $(BIN)/python -m pytest -n 2 --dist worksteal

.PHONY: help base setup demo quick goquorum test soak bench lint format lock wheel clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 10

.venv/.made: requirements.lock pyproject.toml tools/bootstrap.lock tools/setup
	@tools/setup
	@touch $@

base: .venv/.made
	@$(BIN)/python contracts/build.py

setup: base ## everything in requirements.lock into .venv, the compiled contract, the portal's program
	@$(BIN)/python tools/browser.py build

# The portal's program is built meanwhile; the demo does not need it, only who opens the portal afterwards does.
demo: base ## the whole story on generated data, in the folder demo/
	@$(BIN)/python tools/browser.py build & browser=$$!; $(BIN)/huella demo --dir demo; \
		wait $$browser || echo "the portal's program could not be built: pages go without it" >&2

quick: base ## the fast tests of records, proof and store, under a minute: no PostgreSQL, no network of nodes, nothing slow
	@HUELLA_QUICK=1 $(PYTEST) -m "not postgresql and not network and not slow and not soak" \
		tests/records tests/proof tests/store tests/conformance tests/spanish

goquorum: setup ## geth of GoQuorum, built from source into .cache: some minutes, once; networks are made of it
	@tools/goquorum/build

test: setup ## all tests but the soak; installs PostgreSQL, gcc, SoftHSM2 and Maven where they are missing (as root, on Debian)
	@$(BIN)/python tools/browser.py test
	@tools/install-test-servers
	@tools/goquorum/build || [ "$${CI:-}" != true ]
	@tools/pdfcheck/build || [ "$${CI:-}" != true ]
	@tools/ocdscheck/build || [ "$${CI:-}" != true ]
	@$(PYTEST) -m "not soak"

soak: setup ## the long runs: faults at random moments, a durable PostgreSQL, many more examples
	@tools/install-test-servers
	@tools/goquorum/build || [ "$${CI:-}" != true ]
	@HUELLA_SOAK=1 $(BIN)/python -m pytest -m soak -o faulthandler_timeout=0

bench: setup ## benchmarks, ours and others' side by side
	@$(BIN)/python -m benchmarks

lint: setup ## ruff, mypy, the rooms' imports, the lock, generated pages; types and style of web-client
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tools/check.py lock files
	@$(BIN)/python tools/browser_texts.py --check
	@$(BIN)/python tools/browser.py check
	@if [ -e tools/docs.py ]; then $(BIN)/python tools/docs.py --check; fi

format: setup ## ruff's format and its safe fixes
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: setup ## requirements.lock anew from pyproject.toml
	@$(LOCK) --all-extras --group dev -o requirements.lock pyproject.toml >/dev/null
	@$(LOCK) --exclude-newer-package uv=false -o tools/bootstrap.lock tools/bootstrap.in >/dev/null
	@$(BIN)/python tools/check.py lock

wheel: setup ## dist/huella-….whl, with the compiled contract in it
	@rm -rf dist
	@$(UV) build --quiet --wheel --python $(BIN)/python --build-constraints tools/bootstrap.lock --out-dir dist
	@$(BIN)/python tools/check.py wheel

clean: ## caches and what was built; the environments stay
	@rm -rf dist build demo contracts/build src/huella/ledger/registry.json src/huella/web/static/dist benchmarks/results
	@rm -rf .cache .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	@find src tests tools contracts benchmarks -name __pycache__ -type d -not -path '*/node_modules/*' -prune -exec rm -rf {} +
