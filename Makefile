# Arguments: the settings below by their short names, BEHAVE and PYTEST (arguments for these programs), WORKERS (the number of
# processes that run tests). docs/running.md describes them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

PYTHON ?= python3
WORKERS ?= 5
# All checkouts share the results of the type checker.
export MYPY_CACHE_DIR ?= $(or $(MAIDENHAIR_CACHE_DIR),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/maidenhair)/mypy

# `make e2e HAMI_IMAGE=…` sets MAIDENHAIR_DEVICES_HAMI_IMAGE. A short name in the environment has no effect, because another
# program may use it.
define pass_on
ifeq ($$(origin $(1)),command line)
export $(2) := $$($(1))
endif
endef
$(eval $(call pass_on,KUBERNETES_VERSION,MAIDENHAIR_KUBERNETES_VERSION))
$(eval $(call pass_on,OPERATOR,MAIDENHAIR_SKYTORCH_OPERATOR))
$(eval $(call pass_on,OPERATOR_IMAGE,MAIDENHAIR_SKYTORCH_OPERATOR_IMAGE))
$(eval $(call pass_on,OPERATOR_MANIFESTS,MAIDENHAIR_SKYTORCH_OPERATOR_MANIFESTS))
$(eval $(call pass_on,SKYTORCH_SOURCE,MAIDENHAIR_SKYTORCH_SOURCE))
$(eval $(call pass_on,HAMI_SOURCE,MAIDENHAIR_DEVICES_HAMI_SOURCE))
$(eval $(call pass_on,HAMI_IMAGE,MAIDENHAIR_DEVICES_HAMI_IMAGE))
$(eval $(call pass_on,HAMI_CHART,MAIDENHAIR_DEVICES_HAMI_CHART))

BIN := .venv/bin
CODE := maidenhair steps environment.py standins toolchain/python tests bench
PROSE := $(CODE) $(wildcard *.md) docs features images kind manifests Makefile pyproject.toml

.PHONY: help e2e e2e-slow e2e-matrix test test-kills test-long mutants test-versions doctor lint format environment setup cluster-up cluster-down constraints versions docs durations \
	docs-devices bench bench-engine bench-redaction bench-waits bench-suite bench-tensors bench-kill bench-fleet bench-cold clean

help:  ## List the targets.
	@sed -nE 's/^([a-z0-9-]+):[^#]*## (.*)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

e2e: setup  ## Set up, start a cluster if none is running, and run all features except the slow ones.
	$(BIN)/maidenhair run -j auto $(BEHAVE)

e2e-slow: setup  ## Run the features that take minutes or much memory (tag @slow).
	$(BIN)/maidenhair run -j auto --tags=@slow $(BEHAVE)

e2e-matrix: environment  ## Run all features with each SkyTorch, Kubernetes and Python (MATRIX="--python=3.12 --kubernetes=1.34").
	$(BIN)/python -m tests.matrix $(MATRIX)

test: setup  ## Set up, and run lint, unit tests and tests on clusters.
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup $(PYTEST)

test-kills: setup  ## Kill cluster commands at 20 random moments, and check that nothing is left.
	MAIDENHAIR_KILL_ROUNDS=$${MAIDENHAIR_KILL_ROUNDS:-20} $(BIN)/pytest -s tests/cluster/clusters/embedded/test_kills.py $(PYTEST)

test-long: setup  ## Run the tests that take minutes: oldest and newest packages, 300 suites beside behave, 200 faults.
	$(BIN)/pytest -m long $(PYTEST)

test-versions: setup  ## Build the other versions of Kubernetes, and run the smoke specs on each.
	$(BIN)/pytest -m versions $(PYTEST)

mutants: setup  ## Plant faults in the stand-ins, one at a time, and print those that no spec notices (MUTANTS=--only=TEXT).
	$(BIN)/python -m tests.mutants $(MUTANTS)

bench-kill: setup  ## Kill a run at 50 random moments (BENCH=--rounds=N), sweep, and check that nothing is left.
	$(BIN)/python bench/kill.py $(BENCH)

doctor: environment  ## Show what this machine has and what it lacks.
	@$(BIN)/maidenhair doctor

lint: environment  ## Check formatting, style, types, unused names, spelling, words and prose.
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/vulture
	$(BIN)/codespell $(PROSE)
	$(BIN)/codespell --toml tests/unit/project/words.toml $(PROSE)
	$(BIN)/python -m tests.prose

format: environment  ## Format the code, and apply the fixes of ruff.
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

cluster-up: setup  ## Start a cluster and deploy the systems, for `behave features/`.
	$(BIN)/maidenhair cluster up --deploy

cluster-down: environment  ## Remove the cluster and everything that belongs to it on the machine.
	$(BIN)/maidenhair cluster down

bench: setup bench-engine bench-redaction bench-waits bench-tensors  ## Measure clusters, the engine, redaction, waits and tensors.
	$(BIN)/python bench/cluster_up.py

bench-engine: environment  ## Compare the engine with behave and BehaveX.
	$(BIN)/python bench/engine.py

bench-redaction: environment  ## Measure the redaction of 10 MB of logs with 100 Secrets.
	$(BIN)/python bench/redaction.py

bench-waits: setup  ## Compare the reaction time of waits with polling, kubectl wait and kr8s.
	$(BIN)/python bench/waits.py

bench-suite: setup  ## Compare features with serial pytest: 14 behaviours on the running cluster.
	$(BIN)/python bench/suite.py $(BENCH)

bench-tensors: setup  ## Compare tensor transfers with plain gRPC and SkyTorch's client.
	$(BIN)/python -m bench.tensors $(BENCH)

bench-fleet: setup  ## Measure the scheduling of 5,000 pods with devices on 1,000 simulated nodes (BENCH="--nodes=N --pods=N").
	$(BIN)/python bench/fleet.py $(BENCH)

bench-cold: environment  ## Measure the first set-up, with all caches empty (BENCH="--only=cluster").
	$(BIN)/python -m bench.cold $(BENCH)

durations: environment  ## Renew features/durations.json, by which long specs start first, from a run (RUN=artifacts/<run>).
	$(BIN)/maidenhair merge $(RUN) --durations-out features/durations.json

DEVICES_VERSIONS ?= the stand-in of HAMi's scheduler
docs-devices: setup  ## Run the features about devices, and generate the page of vendors and features.
	$(BIN)/maidenhair run -j auto --tags=@devices -f json -o artifacts/devices.json -f plain features/devices
	$(BIN)/python -m maidenhair.docgen.vendor_coverage artifacts/devices.json "$(DEVICES_VERSIONS)" > docs/devices-coverage.md

docs: environment  ## Generate the pages that come from code, features and data.
	mkdir -p docs/reference
	$(BIN)/python -m maidenhair.docgen.options > docs/reference/options.md
	$(BIN)/python -m maidenhair.docgen.events > docs/events.md
	$(BIN)/python -m maidenhair.docgen.causes > docs/causes.md
	$(BIN)/python -m maidenhair.docgen.traceability > docs/specifications.md
	$(BIN)/python -m maidenhair.docgen.glossary > docs/glossary.md

setup: environment  ## Find, download or build every component, once; the results are in the cache.
	$(BIN)/maidenhair setup

environment:
	@$(PYTHON) toolchain/python/bootstrap.py

constraints:  ## Lock the versions of all Python packages, with uv (UPGRADE=1 takes the newest).
	$(PYTHON) toolchain/python/lock.py $(if $(UPGRADE),--upgrade)

versions: environment  ## Pin the newest patches of Kubernetes, containerd, runc and the CNI plugins (ADD="1.38" adds a version).
	$(BIN)/python toolchain/python/renew.py $(ADD)

clean:  ## Remove generated files of this checkout: .venv, build outputs, caches of tools.
	rm -rf .venv build dist artifacts reports .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name .git -prune -o -name __pycache__ -type d -print0 | xargs -0r rm -rf
