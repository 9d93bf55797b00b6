# The two commands that most people need: `make up` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8050

.PHONY: help install install-dev install-bench up test lint bench bill secrets screenshots lock editor clean

help:             ## what there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

install: .venv/installed            ## the virtual environment, with pinned dependencies
install-dev: .venv/installed-dev    ## the same, with what tests and lint need

install-bench: .venv/installed-bench ## the first, with TensorFlow and JAX for `flowmeter bench run`

.venv/bin/uv: requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "make: Flowmeter needs Python 3.11 or later; name one with PYTHON=python3.12"; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv || \
		{ echo "make: $(PYTHON) cannot make a virtual environment (on Debian: apt install python3-venv)"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

.venv/installed: .venv/bin/uv requirements.lock pyproject.toml
	@echo "Installing pinned dependencies …"
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.lock
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

.venv/installed-bench: .venv/installed requirements-bench.lock
	@echo "Installing TensorFlow and JAX (about 2 GB) …"
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements-bench.lock
	@touch $@

up: install       ## collect, compute and show: http://127.0.0.1:8050
	@exec $(BIN)/flowmeter up --port $(PORT)

test: install-dev ## everything the gate runs
	@.ci/test

lint: install-dev ## format, lint, types, import contract, licences, known vulnerabilities
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(BIN)/python .ci/supply_chain.py

bench: install-dev ## speed and memory, side by side with the peers
	@for script in bench/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

bill: install-dev ## the bill of materials of what is installed with Flowmeter, into var/bill.json
	@mkdir -p var && $(BIN)/python .ci/supply_chain.py bill var/bill.json

secrets:          ## random secrets for docker compose, into secrets/; what is there already stays
	@umask 077 && mkdir -p secrets
	@cd secrets && for name in database_password identity_key; do \
		[ -s $$name ] || $(PYTHON) -c 'import secrets; print(secrets.token_hex(32))' > $$name; done
	@cd secrets && [ -s database_url ] || \
		echo "postgresql://flowmeter:$$(cat database_password)@database/flowmeter" > database_url
	@cd secrets && { [ -e github_token ] || echo "replace-this-line-by-a-token" > github_token; }
	@# The folder is closed; the files themselves are read by the containers' own users.
	@chmod 644 secrets/*
	@echo "secrets/ is ready; put a token into secrets/github_token and keep a copy of secrets/identity_key"

screenshots: install-dev ## pictures of every page of a running dashboard, into var/screenshots
	$(BIN)/python tests/browser/screenshots.py http://127.0.0.1:$(PORT) var/screenshots

lock: .venv/bin/uv ## write the lock files anew
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--extra build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--extra build --extra dev pyproject.toml -c requirements.lock -o requirements-dev.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--extra build --extra bench pyproject.toml -c requirements-dev.lock -o requirements-bench.lock
	echo "uv" | $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		- -o requirements-uv.lock

editor:           ## the SQL page's editor, from npm (needs node; its lock pins everything)
	cd dashboard/editor && npm ci --ignore-scripts --no-audit --no-fund && npm run -s build

clean:            ## the virtual environment and the data of this checkout
	rm -rf .venv var
