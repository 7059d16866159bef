# Each target does its whole set-up, from a fresh clone, with nothing but Python 3.11+ and make.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check docs bench clean

demo: .venv/installed
	$(BIN)/cnnsearch run search_spaces/digits_cnn.yaml

# The workers of sweeps are processes of their own: each would compile the package anew where no bytecode is written.
# Files are dealt in the order of tests/conftest.py, the long ones first. Tests that wait for processes of Ray leave two
# cores idle for a quarter of the time where two share them (17 minutes), so three do (15). No test is taken from the file of
# another process: what its fixtures trained or swept would be made again.
test: check
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

check: .venv/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The site: build/site/index.html. The tests build it too, and look at it.
docs: .venv/documented
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet --conf-dir docs . build/site

bench: .venv/benched
	$(BIN)/python -m benchmarks

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

.venv/tested: .venv/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test,check]'
	touch $@

.venv/documented: .venv/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[docs]'
	touch $@

.venv/benched: .venv/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	touch $@

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
