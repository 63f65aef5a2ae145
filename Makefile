# make demo         the arm does the learned skill over ROS 2; without torch
# make test         everything that is checked, with torch; the documentation, too
# make quick        the tests without processes and training, for the daily loop
# make setup        the environment of the demo in .venv; `make setup-train` adds torch and the test tools
# make docs         the documentation in site/
# make check        ruff and mypy
# make clean        removes .venv and build results
# PYTHON=python3.12 chooses another Python; where a ROS 2 is sourced, that one's is used.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python
PYTEST_ARGS ?= -n 3 --dist loadgroup --max-worker-restart 0
DEMO_ARGS ?=
export PYTHON
# Each process of the tests would compile the package anew.
export PYTHONDONTWRITEBYTECODE :=
# Left by the wheels' ROS in whoever calls make: it would keep the environment here from finding its own libraries.
unexport _ROS_WHEELS_BOOTSTRAP_COMPLETE

INTERFACES := $(shell find interfaces -name __pycache__ -prune -o -type f -print)
# Beside a sourced ROS 2 the set-up links the files of these: a folder is newer when one was added or removed.
LAUNCH_FOLDERS := $(shell find launch -type d)
# One environment serves one ROS 2: scripts/setup.sh refuses to go on with that of another.
ROS := $(if $(AMENT_PREFIX_PATH),$(ROS_DISTRO:%=_%))
BASE := .venv/.base_is_set_up$(ROS)
TRAIN := .venv/.train_is_set_up$(ROS)
DOCS := .venv/.docs_are_set_up$(ROS)

.PHONY: help setup setup-train demo test quick check docs clean

help:
	@sed -n '/^# /!q; s/^# //p' Makefile

setup: $(BASE)

setup-train: $(TRAIN)

$(BASE): setup.py pyproject.toml $(wildcard scripts/*setup.sh requirements/*.txt) $(INTERFACES) $(LAUNCH_FOLDERS)
	@scripts/setup.sh base
	@touch $@

$(TRAIN): $(BASE)
	@scripts/setup.sh train
	@touch $@

$(DOCS): $(BASE)
	@scripts/setup.sh docs
	@touch $@

# Not --quiet: it drops warnings before --strict counts them.
docs: $(DOCS)
	@set -o pipefail; NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict 2>&1 | { grep -v '^INFO ' || true; } && echo "documentation: site/index.html"

demo: setup
	@.venv/bin/midp demo $(DEMO_ARGS)

check: setup-train
	@$(PY) -m ruff check .
	@$(PY) -m mypy

test: check
	@$(PY) -m pytest $(PYTEST_ARGS)

quick: setup-train
	@$(PY) -m pytest $(PYTEST_ARGS) -n 2 -m "not processes and not slow"

clean:
	rm -rf .venv site build install log *.egg-info .pytest_cache .ruff_cache .mypy_cache
