# One word a chore, the same here and in CI. `make test ARGS="-k stream"` passes arguments on to pytest.
.DEFAULT_GOAL := help
.PHONY: help demo test check fix generate bench fuzz lock clean
BIN := .venv/bin
ARGS ?=
SEED ?=

help: ## list the chores
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

.venv/.ready: pyproject.toml uv.lock requirements-dev.txt .ci/setup
	@.ci/setup

demo: .venv/.ready ## the OpenAI SDK talks to a local model that speaks only the Messages API
	@examples/demo.sh

test: .venv/.ready ## run all tests
	$(BIN)/python -m pytest -n auto -q $(ARGS)

check: .venv/.ready ## types, lint, format, imports, specs
	$(BIN)/mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/dragoman check

fix: .venv/.ready ## format, mend what can be mended, generate
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/dragoman generate

generate: .venv/.ready ## compile specs/ to generated/, and write the tables of the docs
	$(BIN)/dragoman generate

bench: .venv/.ready ## measure the generated translators
	$(BIN)/python -m benchmarks $(ARGS)

fuzz: .venv/.ready ## run the property tests for long, and recorded traffic if it is there; SEED=7 draws other documents
	HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest -n auto -q -m hypothesis $(ARGS)
	$(BIN)/python -m tests.jmes.fuzz 20000 $(SEED)
	$(BIN)/python -m tests.laws.fuzz 20000 $(SEED)
	$(BIN)/python -m tests.reference.fuzz 20000 $(SEED)
	$(BIN)/python -m tests.reference.corpus

lock: ## resolve the dependencies again: uv.lock and requirements-dev.txt (needs uv)
	uv lock --upgrade --default-index https://pypi.org/simple
	uv export --frozen --extra dev --no-emit-project --no-hashes --no-annotate --no-header --output-file requirements-dev.txt --quiet
	@! grep -nE 'registry = ' uv.lock | grep -v '"https://pypi.org/simple"'

clean: ## remove what the chores have made
	rm -rf .venv .dragoman-cache .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist
