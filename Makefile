# `make` alone lists the verbs, from the words after ## below.

BIN := .venv/bin
# PEERS=1 compares with PyTorch too; the tests read it.
export PEERS

# The first Python that will do.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.10 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && echo $$p && break; done)
PIP = $(BIN)/python -m pip install --progress-bar=off
# Ends a recipe with one sentence on what is missing.
or_say = || { echo "$(1)" >&2; exit 1; }

.PHONY: help book test refresh slides slides-pdf student worksheet lab bench mutants tidy lock clean

help:
	@echo "make VERB, where VERB is one of"
	@sed -n 's/^\([a-z-]*\):.*## /\1 /p' Makefile | while read verb does; do printf '  %-12s %s\n' $$verb "$$does"; done

# A stamp in .venv says what is set up; setting up is done again when its needs change.
.venv/ready-book: requirements.txt constraints.txt pyproject.toml
	@$(BIN)/python -m pip --version >/dev/null 2>&1 \
		|| $(or $(PYTHON),$(error No Python 3.10 or newer found: install one, or say PYTHON=path)) -m venv --clear .venv \
		$(call or_say,This Python cannot make a virtual environment: it lacks venv or ensurepip. On Debian and Ubuntu: apt-get install python3-venv)
	@$(PIP) -r requirements.txt -c constraints.txt \
		$(call or_say,pip could not install what the book needs: see above.)
	@touch $@

.venv/ready-tests: .venv/ready-book tools/chromium.py
	@$(PIP) -e '.[tests,lint]' -c constraints.txt \
		$(call or_say,pip could not install what the tests need: see above.)
	@$(BIN)/python tools/chromium.py
	@touch $@

.venv/ready-peers: .venv/ready-book
	@$(PIP) -e '.[peers]' $(call or_say,pip could not install PyTorch: see above.)
	@touch $@

book: .venv/ready-book  ## build the book, into _build/html
	@$(BIN)/jupyter-book build . -n -W --keep-going
	@echo "The book is built. Open _build/html/index.html in a browser."

test: .venv/ready-tests $(if $(filter 1,$(PEERS)),.venv/ready-peers)  ## run every check; PEERS=1: against PyTorch too
	@$(BIN)/pytest -rs --nbval --nbval-current-env -n 2 --dist loadfile tests $(wildcard chapters back)

refresh: .venv/ready-book  ## run the notebooks afresh and store them; ONLY=02: just that one
	@$(BIN)/python tools/refresh.py $(ONLY)

slides: .venv/ready-book  ## build the book and its slide decks, into _build/slides; ONLY=04: just that one
	@$(BIN)/python slides/make_decks.py $(ONLY)

slides-pdf: .venv/ready-tests  ## the same, and print each deck as a PDF
	@$(BIN)/python slides/make_decks.py --pdf $(ONLY)

student: .venv/ready-book  ## write the notebooks without answers, and whole, into _build
	@$(BIN)/python tools/student.py

worksheet: .venv/ready-book  ## write worksheets and their keys, into _build/worksheets; SEEDS="1 2 3" or NAMES=class.txt
	@$(BIN)/python -m book.worksheet $(if $(NAMES),--names $(NAMES),$(SEEDS))

lab: .venv/ready-book  ## open the notebooks in JupyterLab
	@$(BIN)/jupyter-lab chapters

mutants: .venv/ready-tests  ## change one sign, index, factor or function at a time: who notices?
	@PYTHONPATH=tests $(BIN)/python tools/mutants.py $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY))

bench: .venv/ready-tests .venv/ready-peers  ## measure against other libraries and a stock page; minutes
	@$(BIN)/python benchmarks/limits.py

tidy: .venv/ready-tests  ## format Python, JavaScript and CSS, and mend what a program can mend
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format . && $(BIN)/biome check --write --error-on-warnings .

lock: .venv/ready-book  ## pin the newest versions that requirements.txt allows
	@$(BIN)/pip install -q uv
	@$(BIN)/uv pip compile -q --universal --upgrade --python-version 3.10 --no-python-downloads \
		--annotation-style line --custom-compile-command "make lock" \
		--no-emit-package backpropagation-line-by-line \
		requirements.txt requirements-student.txt pyproject.toml --extra tests --extra lint \
		-o constraints.txt

clean:  ## remove what was built; the set-up stays
	rm -rf _build .pytest_cache .hypothesis
