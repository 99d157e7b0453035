# Every job of the project, one line of help each: `make help`.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
TARGET ?=
BASE_URL ?=
WORKERS ?=
export PYTHONDONTWRITEBYTECODE :=

# uv installs in a second what pip installs in ten; it is used where it is, and needed nowhere but for `make lock`.
ifneq ($(shell command -v uv),)
MAKE_VENV = uv venv --quiet --clear --python $(PYTHON) $(VENV)
INSTALL = uv pip install --quiet --python $(BIN)/python --require-hashes --no-deps -r
else
MAKE_VENV = $(PYTHON) -m venv --clear $(VENV)
# What is imported is compiled when it is: compiling all of it takes as long as the suite.
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes --no-deps -r
endif
COMPILE = uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet

help: ## list every job
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r job what; do printf '  %-18s %s\n' "$$job" "$$what"; done

install: $(VENV)/.installed ## make .venv from requirements.lock: what the suite needs to run (again only when the lock changed)

install-dev: $(VENV)/.installed-dev ## add to .venv what is in requirements-dev.lock: what the project's own jobs need

$(VENV)/.installed: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "make: Python 3.11 or newer is needed; name it with PYTHON=")'
	@echo "installing the locked dependencies into $(VENV)"
	@$(MAKE_VENV)
	@$(INSTALL) requirements.lock
	@touch $@

$(VENV)/.installed-%: requirements-%.lock $(VENV)/.installed
	@echo "adding those of $< to $(VENV)"
	@$(INSTALL) $<
	@touch $@

lock: ## compile the three locks from pyproject.toml (needs uv)
	@$(COMPILE) --extra load --group dev -o requirements-dev.lock
	@$(COMPILE) --constraints requirements-dev.lock -o requirements.lock
	@$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["load"], sep="\n")' \
		| $(COMPILE:pyproject.toml=-) --constraints requirements-dev.lock -o requirements-load.lock

lint: install-dev ## hold the code to ruff and to mypy --strict, and openapi.yaml to OpenAPI 3.1
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict contract_tests scripts tests generated
	@$(BIN)/openapi-spec-validator openapi.yaml

test: install-dev ## prove spec, generator, client, suite and reports (ARGS="tests/test_openapi.py -k example")
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal $(ARGS)

contract: install ## check a server: the embedded one, or TARGET=file BASE_URL=url WORKERS=n ARGS="-k 428 -x"
	@$(BIN)/python -m contract_tests $(if $(TARGET),--target "$(TARGET)") $(if $(BASE_URL),--base-url "$(BASE_URL)") $(if $(WORKERS),-n $(WORKERS)) $(ARGS)

load: install $(VENV)/.installed-load ## load a server for 20 s with two workers, every answer judged: the embedded one, or TARGET=file (ARGS="--seconds 60")
	@$(BIN)/python -m contract_tests load --seconds 20 --workers 2 $(if $(TARGET),--target "$(TARGET)") $(if $(BASE_URL),--base-url "$(BASE_URL)") $(ARGS)

bench: install-dev ## measure speed and memory, each as a ratio within the same run
	@$(BIN)/python scripts/bench.py $(ARGS)

clean: ## remove reports, packages and caches; .venv stays
	@rm -rf reports dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

serve: install ## serve the embedded Links API on 127.0.0.1:8000, to try things by hand (ARGS="--port 8001")
	@exec $(BIN)/python -m contract_tests serve $(ARGS)

generate: install-dev ## make generated/ anew from openapi.yaml
	@$(BIN)/python scripts/generate_client.py

check-generated: install-dev ## compare generated/ with a fresh generation: missing, extra and changed files
	@$(BIN)/python scripts/check_generated.py

check-compatible: install-dev ## list what changed for callers since the last release (ARGS="--against FILE")
	@$(BIN)/python scripts/check_compatible.py $(ARGS)

wheel: check-generated ## build wheels and sdists of the client and of the suite into dist/, the same bytes each time
	@$(BIN)/python -m build --no-isolation --outdir dist generated
	@$(BIN)/python -m build --no-isolation --outdir dist .

screenshots: install-dev ## take the pictures of the report that README.md shows (needs chromium)
	@$(BIN)/python scripts/screenshots.py

faults: install-dev ## run the suite against every faulty and odd server: the matrix and its score (ARGS="--quick", or names)
	@$(BIN)/python -m tests.faulty_servers.matrix $(ARGS)

.PHONY: faults help install install-dev lock lint test contract load bench clean serve generate check-generated check-compatible wheel screenshots
