"""The public names, and the names that examples in docstrings may use without importing them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, cast

from maidenhair import Cluster, Findings, Kube, Settings, Spec, Target
from maidenhair.clusters.registry import provider_for
from maidenhair.discovery.probe import ClusterLook
from maidenhair.engine.execution.cleanups import Cleanups
from maidenhair.kube.rbac.access_review import Access
from maidenhair.kube.run.inventory import Inventory
from maidenhair.kube.run.labels import RUN_LABEL
from maidenhair.kube.run.run import Run
from maidenhair.suite.session import Session
from maidenhair.systems import Progress
from maidenhair.waiting.journal import Journal
from tests.unit.memory_api import MemoryTransport

PUBLIC = {
    "maidenhair": """
        Capability Cluster Deployment Findings Hooks Kube NoDeployment Object Runner Settings Spec System
        SystemSettings Target aio consistently defer_cleanup errors eventually install_hooks matchers setting
    """,
    "maidenhair.kube": """
        Cause Facts Knowledge Kube Object Permission Permissions WatchedObject WatchedObjects explain
        permissions_for read_manifests stop_when_hopeless
    """,
    "maidenhair.matchers": """
        equal_quantity exact_sequence has_annotations has_condition has_event has_in_order has_jmespath has_labels
        has_log_line is_absent is_owned_by is_present matches_tree quantity_at_least quantity_at_most satisfies_cel
    """,
    "maidenhair.suite": "Hooks Spec defer_cleanup install_hooks",
    "maidenhair.systems": """
        Capability Component Deployment Findings Flaw GoProgram Image ImageConfig ImageMaker Look MachineCheck
        NoDeployment Pins Progress Recipe SpecAccess System SystemSettings Target Tool setting
    """,
    "maidenhair.waiting": "Changing Source StopCondition aio consistently eventually",
}
"""The public names. To add a name is a promise; to remove one breaks the projects that use it."""
ALIASES = {"Object", "Recipe"}
"""Names of types that are no classes: they have no docstring."""


def exported() -> Iterator[tuple[str, str, Any]]:
    """Yield the public names: module, name and value."""
    for module, names in PUBLIC.items():
        for name in names.split():
            yield module, name, getattr(importlib.import_module(module), name)


def public() -> dict[str, Any]:
    """Return the public objects that can have a docstring, each once, by the first of its names."""
    found: dict[int, tuple[str, Any]] = {}
    for module, name, value in exported():
        if name not in ALIASES:
            found.setdefault(id(value), (f"{module}.{name}", value))
    return dict(found.values())


class Context:
    """A context as behave gives it to steps."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec

    def __contains__(self, name: str) -> bool:
        return hasattr(self, name)


class ExampleRun:
    """A run of which one spec has a namespace.

    Args:
        kube: the API.
    """

    def __init__(self, kube: Kube) -> None:
        self._inventory = Inventory(kube, "blue-widgets-x7", {RUN_LABEL: "run1"})
        self.inventory = Inventory(kube, "shared-run1", {RUN_LABEL: "run1"}, owner="run.run1")

    def inventory_of(self, namespace: str) -> Inventory:
        """Return the inventory of the spec."""
        return self._inventory


@contextmanager
def surroundings(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the names that examples may use without importing them: the public names, and those below."""
    cleanups = Cleanups()
    kube = Kube(MemoryTransport())  # type: ignore[arg-type]
    settings = Settings(cluster_name="example", provider="embedded", profile="api")
    provider = provider_for(settings, Progress())
    capabilities = frozenset({"api"})
    cluster = Cluster("example", folder / "kubeconfig", "example", capabilities, Path("kubectl"))
    spec = Spec(
        Session(settings, cluster, kube, provider),
        lambda: nullcontext("blue-widgets-x7"),
        cleanups,
        cast(Run, ExampleRun(kube)),
        Journal(),
    )
    try:
        yield {
            **{each: value for _, each, value in exported()},
            "context": Context(spec),
            "end_of_spec": cleanups.run,
            "findings": Findings(
                "https://memory", "v1.34.4", Access("me", (), False), systems={"widgets": 3}
            ),
            "folder": folder,
            "kube": kube,
            "look": ClusterLook(kube),
            "target": Target(settings, provider, {}, Progress(), lambda names: {}),
        }
    finally:
        kube.close()
