# make run     the main job on the embedded sandbox: no network, no keys
# make train   make run, then the model and its bundle
# make test    every test
# make bench   side by side with the peers, in quick form
# make lint    ruff and mypy
# All set-up is done here: .venv in this folder, system packages where they are missing.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := whatbenz.py tables.py pipeline scrape curate mercedes_api sandbox train serve tools benchmarks
# Those that need nothing beyond this folder; the others name in their first lines the pictures that they want.
BENCHMARKS := $(basename $(notdir $(shell grep -l -e '"--quick"' benchmarks/*.py)))
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: run train test bench lint clean

run: $(VENV)/run.stamp .dvc/tmp
	$(BIN)/dvc repro report
	@echo
	@echo "The data set: data/dataset   The report: reports/dataset.html   Its questions for you: whatbenz review"

# Kept memory makes a training on the CPU a sixth faster: glibc gives back each batch's at once (docs/training.md).
train: $(VENV)/train.stamp .dvc/tmp
	MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=8000000000 $(BIN)/dvc repro
	@echo
	@echo "The model: models/MODEL_CARD.md   What it confuses: reports/training/training.html   Try it: whatbenz serve"

test: $(VENV)/test.stamp .dvc/tmp
	$(BIN)/ruff check .
	$(BIN)/python -m pytest

bench: $(VENV)/bench.stamp
	for name in $(BENCHMARKS); do echo "== $$name"; $(BIN)/python -m benchmarks.$$name --quick || exit 1; done

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/mypy $(SOURCES)

# DVC wants a repository; a source archive without .git gets one of DVC's own kind.
.dvc/tmp: $(VENV)/run.stamp
	@[ -d .git ] || $(BIN)/dvc config core.no_scm true
	@mkdir -p $@

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("What Benz needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/run.stamp: setup.cfg constraints.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[pipeline]'
	@touch $@

$(VENV)/train.stamp: $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[pipeline,serve,train]'
	@touch $@

$(VENV)/test.stamp: $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[pipeline,serve,train,s3,azure,test]'
	tools/install_chromium.sh
	@touch $@

$(VENV)/bench.stamp: $(VENV)/test.stamp
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[pipeline,serve,train,s3,azure,test,bench]'
	@touch $@

clean:
	rm -rf $(VENV) data models reports *.egg-info
