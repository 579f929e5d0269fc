# Colophon. `make help` lists what there is. Needed: Python 3.11, make, git; everything else is installed on first use.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
IN_TREE := PYTHONPATH=platform:. PATH="$(CURDIR)/$(VENV)/bin:$$PATH"
HASH = sha256sum $(1) | cut -c1-16

# A stamp is named after the hash of what it was made from, so a warm start asks neither pip nor npm. Installing speaks on
# stderr: the stdout of `make demo FORMAT=json` is for programs, on the first run too.
RUNTIME := $(VENV)/.runtime-$(shell $(call HASH,requirements.txt))
TOOLS := $(VENV)/.tools-$(shell cat requirements.txt requirements-dev.txt | $(call HASH,))
SLITHER := $(VENV)-slither/.tools-$(shell $(call HASH,requirements-slither.txt))
NODE := node_modules/.installed-$(shell $(call HASH,package-lock.json))

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: up
up: $(RUNTIME) $(NODE) ## start everything here, embedded database and chain included; Ctrl-C stops it
	@exec env $(IN_TREE) $(VENV)/bin/python -m devstack up

.PHONY: demo
demo: $(RUNTIME) $(NODE) ## prompt to token in the terminal: make demo PROMPT="a teal sun" [FORMAT=json]
	@exec env $(IN_TREE) PROMPT='$(subst ','\'',$(value PROMPT))' FORMAT='$(FORMAT)' $(VENV)/bin/python -m devstack demo

.PHONY: install
install: $(RUNTIME) $(NODE) ## install what `make up` needs, start nothing

.PHONY: test
test: $(TOOLS) $(NODE) lint ## everything: lint, types, import rules, migrations, then every test; JOBS=2 in two processes
	@.ci/install-browser
	$(IN_TREE) $(VENV)/bin/python -m pytest $(if $(JOBS),--numprocesses $(JOBS) --dist loadgroup)

.PHONY: lint
lint: $(TOOLS) $(NODE) ## style, types, import order, missing migrations
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	PYTHONPATH=platform:. $(VENV)/bin/lint-imports
	PYTHONPATH=platform:. $(VENV)/bin/mypy .
	@# asks no database, hence the warning that is silenced, and keeps nothing
	SECRET_KEY=unused $(IN_TREE) $(VENV)/bin/python -W ignore manage.py makemigrations --check --dry-run --skip-checks

.PHONY: verify
verify: $(RUNTIME) ## is this picture from here? make verify FILE=picture.png, while `make up` runs
	@exec env $(IN_TREE) $(VENV)/bin/python manage.py verify '$(subst ','\'',$(value FILE))'

.PHONY: forge
forge: $(TOOLS) $(NODE) ## fuzz and invariant runs of the contracts (a minute or two)
	$(IN_TREE) node_modules/.bin/forge test

.PHONY: mutants
mutants: $(TOOLS) $(NODE) ## take each guard out of the contracts and see that a test notices (minutes)
	$(IN_TREE) $(VENV)/bin/python -m tests.minting.mutants

.PHONY: slither
slither: $(SLITHER) $(NODE) ## static analysis of the contracts; docs/CONTRACTS.md answers what it says
	PATH="$(CURDIR)/$(VENV)/bin:$(CURDIR)/node_modules/.bin:$$PATH" $(VENV)-slither/bin/slither .

.PHONY: sources
sources: $(RUNTIME) $(NODE) ## what block explorers need to verify the contracts: var/sources/*.json
	@exec env $(IN_TREE) $(VENV)/bin/python -m minting.contracts.sources var/sources

.PHONY: bench
bench: $(TOOLS) $(NODE) ## measure gas, the queue, starting, minting, pages and memory; PART=throughput is that alone, MINTS=100 mints fewer, FIRST_TOKEN=1 adds clone to first token (minutes)
	@exec env $(IN_TREE) FIRST_TOKEN='$(FIRST_TOKEN)' $(VENV)/bin/python -m bench$(if $(PART),.$(PART))

.PHONY: faults
faults: $(TOOLS) $(NODE) ## kill the chain worker at every point under every fault, and print the table (minutes)
	FAULTS=all $(IN_TREE) $(VENV)/bin/python -m pytest tests/faults -q --no-header

.PHONY: reset
reset: $(RUNTIME) ## remove the state folder: database, chain, keys, pictures
	@exec env $(IN_TREE) $(VENV)/bin/python -m devstack reset

.PHONY: clean
clean: ## remove what was installed and cached; the state folder stays
	rm -rf $(VENV) $(VENV)-slither node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +

$(RUNTIME): requirements.txt
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is needed; set PYTHON=… if it has another name." >&2; exit 1; }
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what Colophon needs (once)…" >&2
	@$(VENV)/bin/python -m pip install --quiet --requirement requirements.txt >&2
	@touch $@

$(TOOLS): requirements-dev.txt | $(RUNTIME)
	@$(VENV)/bin/python -m pip install --quiet --requirement requirements-dev.txt >&2
	@touch $@

# An environment of its own: slither pins other versions of what the platform uses.
$(SLITHER): requirements-slither.txt | $(RUNTIME)
	@$(PYTHON) -m venv $(VENV)-slither
	@$(VENV)-slither/bin/python -m pip install --quiet --requirement requirements-slither.txt >&2
	@touch $@

$(NODE): package-lock.json | $(RUNTIME)
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm ci --no-audit --no-fund --loglevel=error >&2
	@touch $@
