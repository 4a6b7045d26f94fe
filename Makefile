# Every habit of the house. `make` alone lists them; all of them start from a bare checkout with Python 3.11 or newer.

PYTHON ?= python3
PY := .venv/bin/python
# What follows goes to the program that the target runs: make test ARGS="-k link"
ARGS ?=
# Some machines switch Python's byte-code cache off for everybody; without it every server here starts twice as slowly.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test lint format fuzz soak bench screenshots lock clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 22

demo: ## run Gingham with a sample app; prints the address and the keys
	@$(PYTHON) scripts/setup.py demo
	@exec $(PY) scripts/demo.py $(ARGS)

test: ## run every test
	@$(PYTHON) scripts/setup.py test
	@PATH="$(CURDIR)/.venv/bin:$$PATH" $(PY) -m pytest -n 2 --dist loadfile $(ARGS)

lint: ## check style, types, floors, and the browser's JavaScript
	@$(PYTHON) scripts/setup.py lint
	@$(PY) -m ruff check --quiet
	@$(PY) -m ruff format --check --quiet
	@$(PY) -m mypy --no-error-summary
	@.venv/bin/lint-imports --no-logo
	@.venv/bin/node node_modules/typescript/bin/tsc --noEmit

format: ## put the Python files into the house style
	@$(PYTHON) scripts/setup.py lint
	@$(PY) -m ruff check --quiet --fix-only
	@$(PY) -m ruff format --quiet

fuzz: ## send the server 30,000 requests that make no sense
	@$(PYTHON) scripts/setup.py test
	@GINGHAM_FUZZ_EXAMPLES=400 PATH="$(CURDIR)/.venv/bin:$$PATH" $(PY) -m pytest tests/fuzz --timeout=0 $(ARGS)

soak: ## kill servers ten times over two thousand webhooks, on both engines (some ten minutes)
	@$(PYTHON) scripts/setup.py test
	@GINGHAM_SOAK=1 PATH="$(CURDIR)/.venv/bin:$$PATH" $(PY) -m pytest tests/server/test_webhooks.py --timeout=0 -s $(ARGS)

bench: ## measure speed
	@$(PYTHON) scripts/setup.py bench
	@PATH="$(CURDIR)/.venv/bin:$$PATH" $(PY) -m bench $(ARGS)

screenshots: ## picture every pane and page into screenshots/
	@$(PYTHON) scripts/setup.py test
	@$(PY) -m tests.screenshots $(ARGS)

lock: ## resolve the lock files anew (needs uv and npm)
	@scripts/lock.sh $(ARGS)

clean: ## remove what the other targets made
	@rm -rf .venv .venv.lock .demo node_modules bench/node_modules screenshots build dist \
	  .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .schemathesis
	@find src tests examples scripts bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
