"""The public names: their modules, their examples, and the modules that importing them loads."""

from __future__ import annotations

import doctest
import importlib
import inspect
import subprocess
import sys
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from maidenhair import Deployment, System
from tests.project import ROOT
from tests.unit.examples import PUBLIC, public, surroundings


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
def test_an_implementation_of_the_protocol_needs_public_names_only(kind: type[Any]) -> None:
    private = {
        used.__qualname__
        for call in vars(kind).values()
        for used in types_of(call)
        if used.__module__.startswith("maidenhair.") and not is_public(used)
    }
    assert private == set()


def types_of(call: Any) -> Iterator[type[Any]]:
    """Yield the classes in the annotations of a method or a property."""
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
    """Return the output of a program in a new process."""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
