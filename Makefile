# Everything here sets itself up in .venv: `make demo` and `make test` need a Python >= 3.11 and nothing else.
PYTHON ?= $(firstword $(foreach v,3.13 3.12 3.11 3,$(if $(shell \
    python$(v) -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo yes),python$(v))))
BIN := .venv/bin
STAMP := .venv/.dockerfix-dev
DEMO := build/demo
INDEXES := build/indexes

.DEFAULT_GOAL := help
.PHONY: help demo test lint types arch unit lab lab-stop test-engine bench-images test-archive refresh measure bench site fuzz format clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

$(STAMP): pyproject.toml
	@test -n "$(PYTHON)" || { echo 'no Python >= 3.11 with venv found: install one (python3-venv on Debian) or set PYTHON=' >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(STAMP) ## run dockerfix over a copy of the hello world and show the diff
	@rm -rf $(DEMO) && mkdir -p $(DEMO) && cp fixtures/c-hello/Dockerfile fixtures/c-hello/hello.c $(DEMO)/
	@echo '$$ dockerfix --write $(DEMO)'
	@$(BIN)/dockerfix --write $(DEMO)
	@echo '$$ diff -u before after'
	@diff -u --label before --label after fixtures/c-hello/Dockerfile $(DEMO)/Dockerfile || test $$? = 1

test: lint types arch unit ## linters, types, architecture and all tests that need no engine

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

arch: $(STAMP)
	$(BIN)/lint-imports --no-logo

unit: $(STAMP)
	$(BIN)/python -m pytest

lab: $(STAMP) ## start the private container engine of the engine tests (root, Debian)
	tests/lab/engine.sh start

lab-stop: ## stop it
	tests/lab/engine.sh stop

test-engine: $(STAMP) ## build and run the fixtures, old and new, and compare them
	DOCKERFIX_ENGINE_ALL=$(ALL) $(BIN)/python -m pytest -m engine tests/lab

bench-images: $(STAMP) ## build all fixtures old, new and by hand, and write docs/results.md; ONLY="NAME…" for some
	$(BIN)/python -m tests.lab.images $(ONLY)

test-archive: $(STAMP) ## check the tables against the live package archive (apt)
	$(BIN)/python -m pytest -m archive tests/archive

refresh: $(STAMP) ## rebuild the tables from the package archive that apt is set up for; FACTS=DIR imports the others
	sh transformer/knowledge/refresh/indexes.sh $(INDEXES)
	$(BIN)/python -m transformer.knowledge.refresh $(INDEXES) $(if $(FACTS),--facts $(FACTS))

measure: $(STAMP) ## read the packages of PyPI, npm, RubyGems, crates and Maven again, write their tables; PYPI=URL NPM=URL DEBIAN=URL CRATES=URL
	$(BIN)/python -m transformer.measure pypi --index $(PYPI) --names transformer/measure/pypi-names.txt --cache build/measure
	$(BIN)/python -m transformer.measure npm --index $(NPM) --names transformer/measure/npm-names.txt --cache build/measure
	$(BIN)/python -m transformer.measure gem --index $(DEBIAN) --cache build/measure
	$(BIN)/python -m transformer.measure crates --index $(CRATES) --names transformer/measure/crates-names.txt --cache build/measure
	$(BIN)/python -m transformer.measure maven --names transformer/measure/maven-names.txt --cache build/measure

bench: $(STAMP) ## how fast it is
	$(BIN)/python -m tests.benchmarks

site: $(STAMP) ## build the documentation as a site in build/site
	PYTHONPATH=. $(BIN)/python -m mkdocs build --quiet --strict --config-file .mkdocs.yml

fuzz: $(STAMP) ## fuzz the readers and the pipeline; RUNS=N for each target
	$(BIN)/python -m pip install --quiet --disable-pip-version-check atheris
	@for target in parse shell pipeline context; do $(BIN)/python -m tests.fuzz $$target -runs=$(or $(RUNS),10000) || exit 1; done

format: $(STAMP) ## let ruff fix and format what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove what was generated, .venv included
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
