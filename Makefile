# One runner for everything. `make` alone lists the targets.
# Assumed on the machine: Python 3.11 or newer, and make.

PYTHON ?=
BIN := .venv/bin
PACKAGES := .venv/.packages
INSTALLED := .venv/.installed
EXTENSION := src/celltrail/labextension/package.json
SOURCES := $(shell find jupyter_extension/src jupyter_extension/style jupyter_extension/schema -type f) \
  $(addprefix jupyter_extension/,package.json yarn.lock tsconfig.json)
JLPM := cd jupyter_extension && PATH="$(CURDIR)/$(BIN):$$PATH" jlpm
WORKERS ?= 2
DEMO := .build/demo
PORT ?= 8888
OPTIONS ?=
# In a container people often are root, and JupyterLab then wants to be told twice.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.DEFAULT_GOAL := help
.PHONY: help browser env demo test check format docs wire bench lab lock clean

help: ## list the targets
	@echo 'usage: make TARGET'
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 10

env: $(INSTALLED) ## create .venv with the pinned versions of everything

# The first Python that is new enough makes the environment; PYTHON=… names another one.
# uv is five times faster than pip here; pip takes over where uv cannot run or reach packages.
$(PACKAGES): requirements/dev.txt requirements/uv.txt
	@set -e; \
	if [ ! -x $(BIN)/python ]; then \
	  candidates="$(PYTHON)"; \
	  for candidate in $${candidates:-python3 python3.13 python3.12 python3.11 python}; do \
	    if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	      found=$$candidate; break; \
	    fi; \
	  done; \
	  if [ -z "$${found:-}" ]; then \
	    echo "celltrail needs Python 3.11 or newer; $${candidates:-what is on the PATH} is not." >&2; \
	    echo 'hint: install one, or name it: make env PYTHON=/path/to/python3.11' >&2; \
	    exit 1; \
	  fi; \
	  echo "creating .venv with $$("$$found" --version)"; \
	  if ! "$$found" -m venv .venv; then \
	    rm -rf .venv; \
	    echo 'hint: this Python comes without venv; on Debian and Ubuntu: apt install python3-venv' >&2; \
	    exit 1; \
	  fi; \
	fi
	@echo 'installing what requirements/dev.txt pins'
	@if $(BIN)/python -m pip install --quiet -r requirements/uv.txt \
	    && $(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements/dev.txt; then :; \
	else \
	  echo 'uv could not install them, trying pip' >&2; \
	  $(BIN)/python -m pip install --quiet -r requirements/dev.txt; \
	fi
	@touch $@

# The JupyterLab extension. Node and its package manager are in the environment.
$(EXTENSION): $(PACKAGES) $(SOURCES)
	@echo 'building the JupyterLab extension'
	@($(JLPM) install --immutable) > jupyter_extension/install.log || { cat jupyter_extension/install.log >&2; exit 1; }
	@($(JLPM) build:prod) > jupyter_extension/build.log 2>&1 || { cat jupyter_extension/build.log >&2; exit 1; }
	@touch $@

# An editable install copies the extension, the startup file and the server's settings.
$(INSTALLED): $(PACKAGES) $(EXTENSION) pyproject.toml $(wildcard ipython-startup/* jupyter_extension/*.json)
	@SKIP_JUPYTER_BUILDER=1 $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: env ## run a plain notebook with recording on, then show what was recorded
	@$(BIN)/python notebooks/demo.py $(DEMO)

test: check browser ## everything CI runs: check, then all tests
	@$(JLPM) test
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

# Tests in a real browser want Chromium; CI brings it where the machine has none.
browser:
	@if [ -n "$$CI" ] && ! command -v chromium chromium-browser google-chrome >/dev/null; then \
	  echo 'installing chromium'; \
	  apt-get -qq update && apt-get -qq install -y chromium >/dev/null; \
	fi

check: env ## format, lint, types, architecture
	@$(BIN)/ruff format --check --quiet . || { echo 'hint: make format' >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@($(JLPM) lint) > jupyter_extension/lint.log 2>&1 || { cat jupyter_extension/lint.log >&2; exit 1; }
	@$(BIN)/python -m pytest -q tests/test_architecture.py

format: env ## rewrite the code as `make check` wants it
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix --quiet .
	@$(JLPM) format

docs: env ## write the CLI's help into README.md
	@$(BIN)/python tests/test_docs.py --update

wire: env ## write the JSON types and the golden replies that the front end reads
	@PYTHONPATH=tests $(BIN)/python tests/server/typescript.py --update
	@PYTHONPATH=tests $(BIN)/python tests/server/golden.py --update

bench: env .venv/.bench ## measure, and print each figure beside its target (minutes)
	@$(BIN)/python benchmarks/run.py

# What the benches measure against; nothing but the benches needs it.
.venv/.bench: requirements/bench.txt $(INSTALLED)
	@echo 'installing what requirements/bench.txt pins'
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements/bench.txt \
	  || $(BIN)/python -m pip install --quiet -r requirements/bench.txt
	@touch $@

lab: env ## open JupyterLab here, with recording on
	@$(BIN)/jupyter lab --ip=127.0.0.1 --port=$(PORT) $(AS_ROOT) $(OPTIONS) notebooks

# `--universal` adds markers for other Pythons and systems; tests run on CPython 3.11 on Linux.
lock: env ## pin the newest versions that fit into requirements/dev.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
	  --custom-compile-command 'make lock' --all-extras --group dev \
	  --output-file requirements/dev.txt pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
	  --custom-compile-command 'make lock' --group bench --constraint requirements/dev.txt \
	  --output-file requirements/bench.txt pyproject.toml

clean: ## remove the environment and everything built
	rm -rf .venv .build build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
