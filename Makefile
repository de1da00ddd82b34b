# `make` alone explains the targets. Each of them works as the only command on a machine with Python >= 3.11 and make.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/.ready
export PYTHONPATH := .

# The kubeconfig of the cluster to ask; without one, a test cluster is started for the purpose.
KUBECONFIG ?=

.PHONY: help generate spec test check audit cluster demo bench soak dist clean
.DEFAULT_GOAL := help

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "aiokube needs Python 3.11 or newer; '$(PYTHON)' is older: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --upgrade pip
	$(RUN) -m pip install --quiet --editable '.[codegen]' --group dev
	@touch $@

generate: $(READY) ## make the client package from the OpenAPI document in spec/
	$(VENV)/bin/aiokube generate --spec spec/openapi.json --output src/aiokube

spec: $(READY) ## fetch spec/ from the cluster of KUBECONFIG=..., or from a test cluster
ifeq ($(KUBECONFIG),)
	$(RUN) -m tests.cluster -- $(RUN) -m aiokube_codegen.fetch spec
else
	$(RUN) -m aiokube_codegen.fetch spec
endif

test: $(READY) ## run every test; builds and starts the test cluster
	$(RUN) -m pytest

check: $(READY) ## formatting, lint, types, and that generating again changes nothing
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	$(RUN) -m pyright
	$(RUN) -m tests.regenerated

cluster: $(READY) ## run a test cluster by hand until Ctrl-C
	$(RUN) -m tests.cluster

demo: $(READY) ## the way from curl to code, step by step, on a test cluster
	$(RUN) -m tests.cluster -- $(RUN) examples/story.py

bench: $(READY) ## measure against the limits and the peers in one run, and write docs/performance.md
	$(RUN) -m pip install --quiet --group bench
	$(RUN) -m bench

soak: $(READY) ## ten minutes through a failing network, with tokens that live for a minute
	$(RUN) -m tests.soak --minutes 10

audit: $(READY) ## look for known vulnerabilities in what is installed
	$(RUN) -m pip_audit --skip-editable

dist: $(READY) ## build the wheel and the source archive
	$(RUN) -m build --no-isolation

clean: ## remove what was built
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache
