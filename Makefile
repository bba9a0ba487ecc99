# Each target sets itself up; `make` is a convenience, the README shows the commands beneath.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check bench setup
setup: .venv/.installed
.venv/.installed: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv --without-pip .venv
	@$(PYTHON) -m pip --python .venv install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

demo: setup
	@$(BIN)/tutelage-collector demo $(ARGS)

test: setup
	@$(BIN)/pytest $(ARGS)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/tutelage-pack lint

bench: setup
	@for script in tests/benchmarks/[a-z]*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done
