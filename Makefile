# The only door: `make build` and `make test` are all a newcomer needs.

PYTHON ?= python3
PORT ?= 3000
MEMORY ?= 8GB
THREADS ?= 2
KILLS ?= 50

BIN := .venv/bin
# Every process starts twice as slowly without compiled bytecode.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.PHONY: help build test test-fast torture dev docs dashboard screenshots verification glossary bench lint lock clean environment

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

build: environment ## Land, model, check and publish the bundled data and your inbox
	@$(BIN)/chokepoint build

# Python's heap in huge pages, kept until the process ends: where a virtual machine is slow to give
# memory, the hundreds of processes that the tests start need a third of the time.
HEAP := hugetlb=1 arena_max=1 trim_threshold=4294967296 mmap_threshold=1073741824 top_pad=67108864
space := $() $()
test test-fast torture: export GLIBC_TUNABLES := $(subst $(space),:,$(HEAP:%=glibc.malloc.%))
test test-fast torture: export PYTHONMALLOC := malloc
test: environment ## Run every test
	@$(BIN)/python -m pytest

test-fast: environment ## Run the tests that build nothing
	@$(BIN)/python -m pytest tests/fast

torture: export CHOKEPOINT_KILLS := $(KILLS)
torture: export CHOKEPOINT_EXAMPLES := 33
torture: environment ## Kill at random (KILLS=200), fill disks, upgrade, Spark, many examples
	@$(BIN)/python -m pytest tests/system/test_ledger_equality.py tests/system/test_dev_server.py tests/system/test_site_in_browser.py tests/system/test_spark_parity.py tests/torture $$(grep -rl many_cases tests/fast tests/build)

dev: environment ## Open Dagster's web page on http://localhost:3000 (PORT=...)
	@$(BIN)/chokepoint dev --port $(PORT)

dashboard: environment ## Write the static site of the published file; PRIVATE=1 of your own copy
	@$(BIN)/chokepoint dashboard $(if $(filter 1,$(PRIVATE)),--private)

docs: environment ## Write the documentation of every table into data/docs/
	@$(BIN)/python -m tools.docs

screenshots: export CHOKEPOINT_SCREENSHOTS := docs/screenshots
screenshots: environment ## Write the first screen of each kind of page, on a desk and a phone, into docs/screenshots/
	@rm -f docs/screenshots/*.jpg
	@$(BIN)/python -m pytest -q -n 0 tests/system/test_site_in_browser.py -k first_screen

glossary: environment ## Write docs/using/glossary.md from the terms of the project
	@$(BIN)/python -m tools.glossary

verification: environment ## Write docs/methodology/verification.md from the published file
	@$(BIN)/python -m tools.verification

bench: environment ## Measure against SQL by hand and peers; ROWS=100_000_000 at scale (MEMORY=, THREADS=)
ifdef ROWS
	@$(BIN)/python benchmarks/scale.py compare --rows $(ROWS) --memory $(MEMORY) --threads $(THREADS) $(BENCH_OPTIONS)
else
	@$(BIN)/python benchmarks/licence_durations.py compare
	@$(BIN)/python benchmarks/questions.py
	@$(BIN)/python benchmarks/scale.py compare --memory $(MEMORY) --threads $(THREADS) $(BENCH_OPTIONS)
endif

lint: environment ## Check style of Python and SQL, and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar models macros queries chokepoint/site/queries chokepoint/assistant/queries

lock: environment ## Solve the versions of requirements/project.lock anew
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --extra dev --upgrade pyproject.toml -o requirements/project.lock

clean: ## Remove what a build makes again; keep landing, inbox and releases
	rm -rf data/warehouse data/dbt data/docs data/logs data/dagster
	rm -rf .pytest_cache .ruff_cache .hypothesis build *.egg-info

environment:
	@PYTHON="$(PYTHON)" requirements/install
