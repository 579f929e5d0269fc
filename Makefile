# Colophon. `make help` lists what there is.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
RUN := PYTHONPATH=platform $(VENV)/bin

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: lint
lint: ## style, types, import order, missing migrations
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(RUN)/lint-imports
	$(RUN)/mypy .
