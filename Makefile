# Every target sets itself up: it makes .venv and installs what it needs, pinned by constraints.txt.
# Needs make, a POSIX shell and Python 3.11 or newer (or uv, which brings its own Python).

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2

# `make PYTHON=python3.13 test` picks an interpreter, `make UV= test` does without uv.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; \
	done)
UV ?= $(shell command -v uv 2>/dev/null)

# A stamp carries a checksum of everything that decides what is installed.
INTERPRETER := $(PYTHON)
INSTALLER := $(UV)
KEY := $(shell { cat pyproject.toml constraints.txt; "$(INTERPRETER)" -V; } 2>/dev/null | cksum | cut -d ' ' -f 1)
STAMP = $(VENV)/.installed-$(KEY)

ifeq ($(INSTALLER),)
NEW_VENV = "$(INTERPRETER)" -m venv --clear $(VENV)
INSTALL = $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt
HAS_INSTALLER = $(BIN)/python -m pip --version >/dev/null 2>&1
else
NEW_VENV = "$(INSTALLER)" venv --quiet --clear --python "$(if $(INTERPRETER),$(INTERPRETER),>=3.11)" $(VENV)
INSTALL = "$(INSTALLER)" pip install --quiet --python $(BIN)/python --constraint constraints.txt
HAS_INSTALLER = true
endif
SAME_PYTHON = $(if $(INTERPRETER),[ "$$($(BIN)/python -V 2>&1)" = "$$("$(INTERPRETER)" -V 2>&1)" ],$(BIN)/python -V >/dev/null 2>&1)

.PHONY: help demo test check bench docs notebooks system clean
.NOTPARALLEL:

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

demo: $(STAMP)-core ## plan Jefferson County and write the maps and tables to build/demo
	$(BIN)/zoning demo --out build/demo --force
	@echo "Results are in $(CURDIR)/build/demo; open comparison.html there in a browser."

test: $(STAMP)-dev system ## run the tests
	$(BIN)/pytest -n $(WORKERS)

check: $(STAMP)-dev ## lint, format, types and the import contract
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)-core $(STAMP)-bench ## run every benchmark
	@set -e; for script in benchmarks/[!_]*.py; do \
		echo "== $$script"; $(BIN)/python "$$script"; \
	done

docs: $(STAMP)-docs $(STAMP)-report $(STAMP)-notebook ## run the notebooks, build the documentation in build/site
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs build/site
	@echo "The documentation is in $(CURDIR)/build/site; open index.html there in a browser."

notebooks: $(STAMP)-dev ## run every notebook from top to bottom, and build nothing
	$(BIN)/pytest --nbmake --nbmake-timeout=600 notebooks

# The browser tests drive the system's own Chromium, and the slides are rendered by LibreOffice;
# where one cannot be had its tests are skipped.
system:
	@need() { \
		package=$$1; shift; \
		for program in "$$@"; do command -v "$$program" >/dev/null 2>&1 && return 0; done; \
		as_root=; [ "$$(id -u)" -eq 0 ] || as_root="sudo -n"; \
		if ! command -v apt-get >/dev/null 2>&1; then \
			echo "No $$1 here and no apt-get to install it: its tests will be skipped."; \
		elif ! $$as_root true 2>/dev/null; then \
			echo "No $$1 here and no right to install it: its tests will be skipped."; \
		else \
			echo "Installing $$1 for the tests ..."; \
			{ [ -n "$$updated" ] || $$as_root apt-get update -qq >/dev/null; } && updated=yes && \
			$$as_root env DEBIAN_FRONTEND=noninteractive \
				apt-get install -y -qq $$package >/dev/null || \
			echo "$$1 could not be installed: its tests will be skipped."; \
		fi; \
	}; \
	need chromium chromium chromium-browser google-chrome google-chrome-stable \
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; \
	need "--no-install-recommends libreoffice-impress" soffice libreoffice \
		"/Applications/LibreOffice.app/Contents/MacOS/soffice"

clean: ## remove what these targets wrote, except .venv
	rm -rf docs/notebooks build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

$(STAMP)-core:
	@if [ -z "$(INTERPRETER)$(INSTALLER)" ]; then \
		echo "zoning needs Python 3.11 or newer, or uv; neither was found." >&2; exit 1; \
	fi
	@{ $(SAME_PYTHON) && $(HAS_INSTALLER); } || { echo "Making $(VENV) ..."; $(NEW_VENV); }
	@rm -f $(VENV)/.installed-*
	@echo "Installing zoning in $(VENV), a minute or two the first time ..."
	@$(INSTALL) --editable '.[fast]' || { \
		echo "Without numba, which has no build for this Python: the same results, later."; \
		$(INSTALL) --editable .; }
	@$(BIN)/python -W ignore scripts/compile_loops.py
	@touch $@

$(STAMP)-%: $(STAMP)-core
	@echo "Installing what '$*' needs ..."
	@$(INSTALL) --editable '.[$*]'
	@touch $@
