# Two commands do everything on a fresh machine: 'make demo' and 'make test'.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
DEVELOPED := $(VENV)/.developed
BENCH_SEEDS ?= 0
BENCH_BUDGET ?= 60

# Modules stay compiled: else each of the many processes that tests start compiles the package again.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
ONLY ?=
SAMPLE ?= 0
PAGES ?=
EXTRAS ?=
RUN ?=
DATA ?=
RATE ?= 1000
SCRIPT ?= latency
WITH ?=

.PHONY: help demo test coverage slow lint docs clean bench bare extras browser pictures doors mutate
.PHONY: serving parity cluster larger cost image measure types quick

help: ## Show the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "%-8s %s\n", $$1, $$2}'

$(INSTALLED): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	touch $@

$(DEVELOPED): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,catboost,dask,dashboard,deep,ko,mcp,postgres,serve]'
	touch $@

demo: $(INSTALLED) ## Make .venv, install, run the main job on sample data, print the report's path
	$(BIN)/custpred run recipes/quickstart.yaml

# Three test processes share two cores, as many tests wait for processes that they start.
# Threads that wait sleep, and tests that share a fit are in one process; types are checked beside.
test coverage: export OMP_WAIT_POLICY := passive
TOGETHER := --numprocesses 3 --dist loadgroup

test: $(DEVELOPED) ## Lint, types, floors and all tests that take seconds
	$(BIN)/ruff check .
	$(MAKE) --no-print-directory --jobs 2 types quick

types: $(DEVELOPED)
	$(BIN)/mypy

quick: $(DEVELOPED)
	$(BIN)/python -m pytest $(TOGETHER)

bare: ## The wheel as a user installs it, in fresh environments: newest and lowest versions
	$(PYTHON) tests/bare/legs.py

extras: ## Each extra in an environment of its own: the wheel with it, and its tests (minutes; EXTRAS="onnx mcp")
	$(PYTHON) tests/bare/extras.py $(EXTRAS)

doors: $(DEVELOPED) ## What is claimed of install, verdict, scoring, dates and edges, on the real tables in ../shared/data
	$(BIN)/python benchmarks/doors.py

browser: $(DEVELOPED) ## Reports in headless Chromium: wide, phone, paper, light and dark (PAGES=names)
	$(BIN)/python -m pytest -m slow -o addopts="--strict-markers --import-mode=importlib -q -rs" -k "$(PAGES)" tests/browser

pictures: $(DEVELOPED) ## The sample report and the README's pictures of it and of the dashboard (chromium)
	$(BIN)/python benchmarks/pictures.py

coverage: $(DEVELOPED) ## The same tests, slower, with the share of lines that they run
	$(BIN)/python -m pytest $(TOGETHER) --cov=custpred --cov-report=term:skip-covered --cov-fail-under=95

slow: $(DEVELOPED) ## The checks that take minutes: real data, budgets, browser
	$(BIN)/python -m pytest -m slow -o addopts="--strict-markers --import-mode=importlib" --durations=20

lint: $(DEVELOPED) ## Lint, format, types, floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(DEVELOPED) ## custpred on the development tables, beside its peers (BENCH_SEEDS, BENCH_BUDGET)
	$(BIN)/python benchmarks/peers.py --seeds $(BENCH_SEEDS) --budget $(BENCH_BUDGET)
	$(BIN)/python benchmarks/table.py --budget $(BENCH_BUDGET)

mutate: $(DEVELOPED) ## Change the code in one place at a time: does a test fail? (ONLY=files, SAMPLE=mutants of a file)
	$(BIN)/python benchmarks/mutate.py --sample $(SAMPLE) --only $(ONLY)

serving: $(DEVELOPED) ## Customers per second of 'custpred serve', and latencies (RUN=folder, RATE; a run of the sample without RUN)
	$(BIN)/python benchmarks/serving.py $(RUN) --rate $(RATE)

parity: ## How far exported SQL, ONNX and MLflow models are from 'predict' (RUN=folder DATA=new customers)
	test -x build/parity/bin/python || $(PYTHON) -m venv build/parity
	build/parity/bin/python -m pip install --quiet --disable-pip-version-check '.[catboost,mlflow,onnx,postgres]'
	build/parity/bin/python benchmarks/parity.py $(RUN) $(DATA)

cluster: $(DEVELOPED) ## Trials of two Dask workers and of one in the same time
	$(BIN)/python benchmarks/cluster.py

larger: $(DEVELOPED) ## A run on a table larger than its memory, with two local Dask workers
	$(BIN)/python benchmarks/larger.py

cost: $(DEVELOPED) ## Minutes and dollars by customers, events, columns and trials
	$(BIN)/python benchmarks/cost.py

image: ## The Dockerfile's environment in a folder, its entry point without root, the size of the image
	$(PYTHON) benchmarks/image.py

measure: $(DEVELOPED) ## Any script of benchmarks/ (SCRIPT=latency WITH="reports/telco-churn")
	$(BIN)/python benchmarks/$(SCRIPT).py $(WITH)

docs: $(DEVELOPED) ## Write docs/recipe.md, the commands' reference, llms.txt and the skill file; build the site into site/
	$(BIN)/custpred schema --markdown > docs/recipe.md
	$(BIN)/python -c 'from pathlib import Path; from custpred import cli; from custpred.guide import pages; pages.put(cli.app, Path("docs"))'
	$(BIN)/mkdocs build --strict --quiet

clean: ## Remove everything that can be made again
	rm -rf $(VENV) site .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist *.egg-info
