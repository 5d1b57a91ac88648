# What CI runs, and nothing else: `.ci/run` calls these targets. Two are for newcomers:
#
#   make demo     check and train an example on the digits inside the package
#   make test     every test, in the environment that it makes itself
#
# Another Python: `make demo PYTHON=python3.13`.

SHELL := /bin/bash
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && exit; \
	done; echo python3)
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
VENV ?= .venv
BIN := $(VENV)/bin
WORKERS ?= 2
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest --quiet -n $(WORKERS) --dist loadgroup

# One stamp per Python and step, so that another PYTHON starts from an empty environment.
INSTALLED := $(VENV)/installed-$(VERSION)
DEVELOPING := $(VENV)/developing-$(VERSION)

.PHONY: help demo test quick lint format types contracts install develop clean

help:
	@sed -n '2,/^$$/s/^# \{0,1\}//p' Makefile
	@echo "all targets: demo test quick lint format types contracts install develop clean"

demo: $(INSTALLED)
	@.ci/demo $(BIN)

test: $(DEVELOPING)
	$(PYTEST)

quick: $(DEVELOPING)
	$(PYTEST) -m "not slow"

lint: $(DEVELOPING)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/vulture
	$(BIN)/deptry .

format: $(DEVELOPING)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(DEVELOPING)
	$(BIN)/mypy

contracts: $(DEVELOPING)
	$(BIN)/lint-imports

install: $(INSTALLED)
develop: $(DEVELOPING)

$(INSTALLED): pyproject.toml setup.py
	@command -v $(PYTHON) >/dev/null || \
		{ echo "there is no $(PYTHON); sfdfac needs Python 3.11 or later: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "sfdfac needs Python 3.11 or later, and $(PYTHON) is not: make PYTHON=python3.12 ..."; exit 1; }
	@echo "making $(VENV) with Python $(VERSION), about half a minute"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install --editable '.[plot]'
	@touch $@

# The group of tools has its own flag only since pip 25.1.
$(DEVELOPING): $(INSTALLED)
	@echo "adding the tools of a developer to $(VENV)"
	@$(PIP) install 'pip>=25.1'
	@$(PIP) install --group dev
	@touch $@

clean:
	rm -rf $(VENV) .venv-brian2 build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
