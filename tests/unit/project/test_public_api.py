"""What is public: the names and their modules, their examples, and what importing them loads."""

from __future__ import annotations

import doctest
import importlib
import inspect
import subprocess
import sys
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, cast

import pytest

from maidenhair import Cluster, Deployment, Findings, Kube, Settings, Spec, System, Target
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
from tests.project import ROOT
from tests.unit.memory_api import MemoryTransport

PUBLIC = {
    "maidenhair": """
        Capability Cluster Deployment Findings Hooks Kube NoDeployment Object Runner Settings Spec System
        SystemSettings Target aio consistently defer_cleanup errors eventually install_hooks matchers setting
    """,
    "maidenhair.kube": """
        Cause Facts Knowledge Kube Object Permissions Right WatchedObject WatchedObjects explain rights
        stop_when_hopeless
    """,
    "maidenhair.matchers": """
        equal_quantity exact_sequence has_annotations has_condition has_event has_in_order has_jmespath has_labels
        has_log_line is_absent is_owned_by is_present matches_tree quantity_at_least quantity_at_most satisfies_cel
    """,
    "maidenhair.suite": "Hooks Spec defer_cleanup install_hooks",
    "maidenhair.systems": """
        Capability Component Deployment Findings Image ImageMaker Look MachineCheck NoDeployment Pins Progress Recipe
        SpecAccess System SystemSettings Target Tool setting
    """,
    "maidenhair.waiting": "Changing Source StopCondition aio consistently eventually",
}
"""All that is public. To add a name is a promise; to remove one breaks the projects that use it."""
ALIASES = {"Object", "Recipe"}
"""Names of types that are no classes: they have no docstring."""


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

    def inventory(self, namespace: str) -> Inventory:
        """Return the inventory of the spec."""
        return self._inventory


@contextmanager
def surroundings(folder: Path) -> Iterator[dict[str, Any]]:
    """Give the names that examples may use without importing them: what is public, and what is given below."""
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


def exported() -> Iterator[tuple[str, str, Any]]:
    """Give what is public: module, name and value."""
    for module, names in PUBLIC.items():
        for name in names.split():
            yield module, name, getattr(importlib.import_module(module), name)


def public() -> dict[str, Any]:
    """Return all that is public and can have a docstring, each once, by the first of its names."""
    found: dict[int, tuple[str, Any]] = {}
    for module, name, value in exported():
        if name not in ALIASES:
            found.setdefault(id(value), (f"{module}.{name}", value))
    return dict(found.values())


def examples(value: object) -> list[doctest.Example]:
    """Return the examples in the docstring of a module, class or function."""
    return doctest.DocTestParser().get_examples(inspect.getdoc(value) or "")


@pytest.mark.parametrize("module", PUBLIC)
def test_the_public_names_are_these(module: str) -> None:
    assert sorted(PUBLIC[module].split()) == importlib.import_module(module).__all__


@pytest.mark.parametrize("module", PUBLIC)
def test_a_room_shows_its_public_names_before_they_are_loaded(module: str) -> None:
    program = f"import {module}; print(*dir({module}))"
    assert set(PUBLIC[module].split()) <= set(printed(program).split())


@pytest.mark.parametrize("module", [name for name in PUBLIC if name != "maidenhair.matchers"])
def test_importing_a_room_loads_nothing_else(module: str) -> None:
    program = f"""
import sys
before = set(sys.modules)
import {module}
new = sys.modules.keys() - before
print(*(name for name in new if name.partition(".")[0] not in sys.stdlib_module_names))
"""
    parents = {module.rpartition(".")[0], module} - {""}
    assert set(printed(program).split()) == parents


@pytest.mark.parametrize("module", PUBLIC)
def test_a_name_that_is_not_public_is_refused(module: str) -> None:
    with pytest.raises(AttributeError, match=f"'{module}' has no attribute 'Nothing'"):
        getattr(importlib.import_module(module), "Nothing")  # noqa: B009


@pytest.mark.parametrize("value", public().values(), ids=public().keys())
def test_every_public_name_has_an_example(value: object) -> None:
    assert examples(value) != []


@pytest.mark.parametrize("value", public().values(), ids=public().keys())
def test_the_examples_are_true(value: Any, tmp_path: Path) -> None:
    failures: list[str] = []
    with surroundings(tmp_path) as names:
        test = doctest.DocTest(examples(value), names, str(value), None, None, None)
        doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=failures.append)
    assert "".join(failures) == ""


@pytest.mark.parametrize("kind", [System, Deployment])
def test_whoever_overrides_the_protocol_needs_public_names_alone(kind: type[Any]) -> None:
    private = {
        used.__qualname__
        for call in vars(kind).values()
        for used in types_of(call)
        if used.__module__.startswith("maidenhair.") and not is_public(used)
    }
    assert private == set()


def types_of(call: Any) -> Iterator[type[Any]]:
    """Give the classes in the annotations of a method or a property."""
    function: Callable[..., Any] | None = call.fget if isinstance(call, property) else call
    if inspect.isfunction(function):
        pending = list(typing.get_type_hints(function).values())
        while pending:
            each = pending.pop()
            pending += typing.get_args(each)
            if inspect.isclass(each):
                yield each


def is_public(value: object) -> bool:
    """Return whether a class or function is public."""
    return any(value is each for each in public().values())


def printed(program: str) -> str:
    """Return what a program prints in a new process."""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
