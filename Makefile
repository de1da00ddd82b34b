# `make` alone explains the targets. Each of them works as the only command on a machine with Python >= 3.11 and make.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/.ready
OLDEST := .venv-oldest
export PYTHONPATH := .
# Material for MkDocs would print a box about its successor.
export NO_MKDOCS_2_WARNING := 1

# The tests to measure the coverage of.
TESTS ?= tests

# The kubeconfig of the cluster to ask; without one, a test cluster is started for the purpose.
KUBECONFIG ?=

.PHONY: help unit fix check test slow coverage oldest generate golden spec messages cluster outputs demo bench bench-quick bench-pages peers scale conformance corpus matrix soak audit docs docs-serve dist clean
.DEFAULT_GOAL := help

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

unit: $(READY) ## run the tests that need nothing but Python, in seconds
	$(RUN) -m tests.quick

fix: $(READY) ## repair what formatting and lint can repair by themselves
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

check: $(READY) ## formatting, lint, spelling, types, and that generating again changes nothing
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(VENV)/bin/codespell
	$(RUN) -m mypy
	$(RUN) -m pyright
	$(RUN) -m tests.regenerated

test: $(READY) ## run every test; builds and starts the test cluster
	$(RUN) -m pytest

slow: $(READY) ## list the tests that are marked slow, and see that no other takes over a second
	$(RUN) -m tests.slow

coverage: $(READY) ## run every test, or TESTS=..., and print the lines and branches written by hand that they miss
	$(RUN) -m coverage erase
	$(RUN) -m coverage run -m pytest $(TESTS)
	$(RUN) -m coverage combine --quiet
	$(RUN) -m coverage report

oldest: $(OLDEST)/.ready ## run `make unit` and tests/faults with the oldest dependencies that pyproject.toml allows
	$(OLDEST)/bin/python -m tests.quick
	$(OLDEST)/bin/python -m pytest -q tests/faults

# $(call venv,FOLDER,PIP_OPTIONS): a virtual environment with aiokube and what its development needs.
define venv
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "aiokube needs Python 3.11 or newer; '$(PYTHON)' is older: make PYTHON=python3.12 ..." >&2; exit 1; }
$(PYTHON) -m venv $(1)
$(1)/bin/python -m pip install --quiet --upgrade pip
$(1)/bin/python -m pip install --quiet --editable '.[codegen]' --group dev --group docs $(2)
endef

$(READY): pyproject.toml
	$(call venv,$(VENV))
	@touch $@

$(OLDEST)/.ready: pyproject.toml
	@mkdir -p $(OLDEST)
	$(PYTHON) -m tests.oldest > $(OLDEST)/constraints.txt
	$(call venv,$(OLDEST),--constraint $(OLDEST)/constraints.txt)
	@touch $@

generate: $(READY) ## make the client package from the OpenAPI documents in spec/v3/, and the tables of docs/migration/
	$(VENV)/bin/aiokube generate --standalone --spec spec/v3 --output src/aiokube
	$(RUN) -m website.methods

golden: $(READY) ## accept the golden package that the tests generate as the expected one
	$(RUN) -m tests.codegen.golden

spec: $(READY) ## fetch spec/ from the cluster of KUBECONFIG=..., or from a test cluster
ifeq ($(KUBECONFIG),)
	$(RUN) -m tests.cluster -- $(RUN) -m aiokube_codegen.fetch spec
else
	$(RUN) -m aiokube_codegen.fetch spec
endif

messages: $(READY) ## write the table of protobuf messages from the Go modules of the test cluster
	$(RUN) -m tests.messages

cluster: $(READY) ## run a test cluster by hand until Ctrl-C
	$(RUN) -m tests.cluster

outputs: $(READY) ## run the examples of docs/ on a test cluster, and write their outputs into the pages
	$(RUN) -m tests.docs

demo: $(READY) ## the way from curl to code, step by step, on a test cluster
	$(RUN) -m tests.cluster -- $(RUN) examples/story.py

bench: $(READY) ## measure beside client-go and the peers, and write docs/performance.md
	$(RUN) -m pip install --quiet --group bench
# Young packages: one that does not install is named in its rows.
	-$(RUN) -m pip install --quiet --group bench-cloudcoil
	-$(RUN) -m pip install --quiet --group bench-kubesdk
	-$(RUN) -m pip install --quiet --group bench-kubex
	$(RUN) -m bench

bench-quick: $(READY) ## measure fewer objects in under two minutes, and compare with the last such run
	$(RUN) -m pip install --quiet --group bench
	$(RUN) -m bench --quick

bench-pages: $(READY) ## measure the pages of the reference beside Swagger UI and Redoc, with the CRDs of CORPUS=FOLDER too
	$(RUN) -m bench.pages $(CORPUS)

peers: $(READY) ## compare with other clients, and write docs/comparison.md; a quarter of an hour
	$(RUN) -m pip install --quiet --group bench-cloudcoil --group bench-kubesdk --group bench-kubex
	$(RUN) -W ignore -m tests.peers

scale: $(READY) ## measure informers of up to 100,000 pods and many watches, and write docs/scale.md
	$(RUN) -m bench.scale

conformance: $(READY) ## compare FakeCluster with kube-apiserver, and write the tables of docs/testing.md
	$(RUN) -m tests.conformance

corpus: $(READY) ## send the objects of CORPUS=FOLDER (crds/, samples/) through a test cluster and compare
	$(RUN) -m tests.cluster -- $(RUN) -m tests.corpus $(CORPUS)

matrix: $(READY) ## try clients on API servers of several versions, and write docs/compatibility.md
	$(RUN) -m tests.matrix

soak: $(READY) ## ten minutes through a failing network, with tokens that live for a minute
	$(RUN) -m tests.soak --minutes 10

audit: $(READY) ## look for known vulnerabilities in what is installed
	$(RUN) -m pip_audit --skip-editable

docs: $(READY) ## run the examples of docs/ on a test cluster, and build the site into site/
	$(RUN) -m pytest -q tests/e2e/test_docs.py tests/docs
	$(RUN) -m mkdocs build --clean

docs-serve: $(READY) ## serve the site of docs/ on 127.0.0.1:8000, and build it again when a page changes
	$(RUN) -m mkdocs serve --dev-addr 127.0.0.1:8000

dist: $(READY) ## build the wheel, the source archive and the SBOM, and check what an index would refuse
	rm -rf dist build/sbom
	$(RUN) -m build --no-isolation
	$(RUN) -m twine check --strict dist/*
	$(RUN) -m venv --without-pip build/sbom
	$(RUN) -m pip --python build/sbom/bin/python install --quiet "$$(ls dist/*.whl)[codegen,socks,speed,testing]"
# The tool does not ask the build backend for a version that pyproject.toml leaves to it.
	sed "s/^dynamic = .*/version = \"$$($(RUN) -m hatchling version)\"/" pyproject.toml > build/sbom/pyproject.toml
	$(RUN) -m cyclonedx_py environment --pyproject build/sbom/pyproject.toml --mc-type library --output-reproducible --output-file dist/aiokube.cdx.json build/sbom/bin/python

clean: ## remove what was built
	rm -rf $(VENV) $(OLDEST) dist build site .mypy_cache .ruff_cache .pytest_cache .coverage*
