# Two commands set a fresh machine up: `make demo` and `make test`. Python 3.11 or newer and make are all they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test lab check bench wire clean

FRONT_END := $(shell find labextension/src labextension/style -type f) labextension/package-lock.json

$(STAMP): pyproject.toml hatch_build.py $(FRONT_END)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $(STAMP)

demo: $(STAMP)  ## the main job on sample data, headless, with its result shown
	$(BIN)/python notebooks/demo.py

test: $(STAMP)  ## everything CI runs
	PATH="$(CURDIR)/$(BIN):$$PATH" bash .ci/test $(BIN)/python

lab: $(STAMP)  ## JupyterLab on the quickstart
	$(BIN)/jupyter lab notebooks/quickstart.ipynb

check: $(STAMP)  ## format, lint, types
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/mypy

bench: $(STAMP)  ## the benchmarks, with peers where they are installed
	$(BIN)/python -m benchmarks

wire: $(STAMP)  ## TypeScript types from wire.py
	$(BIN)/python labextension/generate_wire.py

clean:
	rm -rf $(VENV) demo-output dist build labextension/node_modules labextension/lib src/ipymlops/labextension
