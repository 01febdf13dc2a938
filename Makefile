# Arguments: settings by their short names (below), BEHAVE (arguments for behave), PYTEST (arguments for pytest), WORKERS (how
# many processes test); README.md says what each does.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

PYTHON ?= python3
WORKERS ?= 3
# Types that were checked once hold in every checkout.
export MYPY_CACHE_DIR ?= $(or $(MAIDENHAIR_CACHE_DIR),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/maidenhair)/mypy

# `make e2e HAMI_IMAGE=…` sets MAIDENHAIR_DEVICES_HAMI_IMAGE. A short name in the environment is not passed on: it may be
# anybody's.
define pass_on
ifeq ($$(origin $(1)),command line)
export $(2) := $$($(1))
endif
endef
$(eval $(call pass_on,KUBERNETES_VERSION,MAIDENHAIR_KUBERNETES_VERSION))
$(eval $(call pass_on,OPERATOR,MAIDENHAIR_SKYTORCH_OPERATOR))
$(eval $(call pass_on,OPERATOR_IMAGE,MAIDENHAIR_SKYTORCH_OPERATOR_IMAGE))
$(eval $(call pass_on,OPERATOR_MANIFESTS,MAIDENHAIR_SKYTORCH_OPERATOR_MANIFESTS))
$(eval $(call pass_on,HAMI_IMAGE,MAIDENHAIR_DEVICES_HAMI_IMAGE))
$(eval $(call pass_on,HAMI_CHART,MAIDENHAIR_DEVICES_HAMI_CHART))

BIN := .venv/bin
CODE := maidenhair steps environment.py standins toolchain/python tests bench

.PHONY: help e2e e2e-slow test test-kills test-long test-versions doctor lint format environment setup cluster-up cluster-down constraints docs \
	docs-devices bench bench-engine bench-waits bench-suite bench-tensors bench-kill bench-fleet clean

help:  ## Show this list.
	@sed -nE 's/^([a-z0-9-]+):[^#]*## (.*)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

e2e: setup  ## From nothing to a green run: set up, start a cluster if none runs, and run the features but the slow ones.
	$(BIN)/maidenhair run -j auto $(BEHAVE)

e2e-slow: setup  ## Run the features that are left out elsewhere, because they take minutes or much memory.
	$(BIN)/maidenhair run -j auto --tags=@slow $(BEHAVE)

test: setup  ## Set up, and run the unit and the cluster tests; `make lint` is one of them.
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup $(PYTEST)

test-kills: setup  ## Kill whoever starts, stops and removes a cluster, 20 times at random moments; nothing may be left.
	MAIDENHAIR_KILL_ROUNDS=$${MAIDENHAIR_KILL_ROUNDS:-20} $(BIN)/pytest -s tests/cluster/clusters/embedded/test_kills.py $(PYTEST)

test-long: setup  ## Run the tests that take minutes: those of the client with the oldest and the newest packages.
	$(BIN)/pytest -m long $(PYTEST)

test-versions: setup  ## Build the other versions of Kubernetes, and run the smoke specs on each.
	$(BIN)/pytest -m versions $(PYTEST)

bench-kill: setup  ## Kill a run at 50 random moments (BENCH=--rounds=N), and see that a sweep leaves nothing of it.
	$(BIN)/python bench/kill.py $(BENCH)

doctor: environment  ## Tell what this machine has and lacks.
	@$(BIN)/maidenhair doctor

lint: environment  ## Check formatting, style, types, and that no name is dead.
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/vulture

format: environment  ## Format the code, and mend what ruff can mend.
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

cluster-up: setup  ## Start the cluster, SkyTorch included, for `behave features/` to use.
	$(BIN)/maidenhair cluster up --deploy

cluster-down: environment  ## Remove the cluster and all it left on the machine.
	$(BIN)/maidenhair cluster down

bench: setup bench-engine bench-waits bench-tensors  ## Measure clusters, the engine, waits and tensors.
	$(BIN)/python bench/cluster_up.py

bench-engine: environment  ## Measure how fast the engine runs suites, beside behave and BehaveX.
	$(BIN)/python bench/engine.py

bench-waits: setup  ## Measure how soon a wait goes on, beside polling, kubectl wait and kr8s.
	$(BIN)/python bench/waits.py

bench-suite: setup  ## Measure the features beside serial pytest, for the same 14 behaviours on the running cluster.
	$(BIN)/python bench/suite.py $(BENCH)

bench-tensors: setup  ## Measure how fast tensors go, beside bare gRPC and SkyTorch's own client.
	$(BIN)/python -m bench.tensors $(BENCH)

bench-fleet: setup  ## Measure how long 5,000 pods with devices take onto 1,000 simulated nodes (BENCH="--nodes=N --pods=N").
	$(BIN)/python bench/fleet.py $(BENCH)

docs-devices: setup  ## Run the features about devices, and make the page of vendors and features from it.
	$(BIN)/maidenhair run -j auto --tags=@devices -f json -o artifacts/devices.json -f plain features/devices
	$(BIN)/python -m maidenhair.docgen.vendor_coverage artifacts/devices.json > docs/devices-coverage.md

docs: environment  ## Make the pages that come from the code and from the features.
	mkdir -p docs/reference
	$(BIN)/python -m maidenhair.docgen.options > docs/reference/options.md
	$(BIN)/python -m maidenhair.docgen.traceability > docs/specifications.md

setup: environment  ## Find, download or build every component (once; kept in the user's cache).
	$(BIN)/maidenhair setup

environment:
	@$(PYTHON) toolchain/python/bootstrap.py

constraints:  ## Lock the versions of all Python packages anew, with uv (UPGRADE=1 takes the newest).
	$(PYTHON) toolchain/python/lock.py $(if $(UPGRADE),--upgrade)

clean:  ## Remove what was made in this checkout: .venv, build outputs, tools' caches.
	rm -rf .venv build dist artifacts reports .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name .git -prune -o -name __pycache__ -type d -print0 | xargs -0r rm -rf
