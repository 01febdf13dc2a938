"""Imports that hide in strings, which import-linter does not see: there is one loader of systems, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.project import ROOT

PACKAGE = ROOT / "maidenhair"
SYSTEMS = sorted(path.parent for path in (PACKAGE / "systems").glob("*/__init__.py"))
LOADER = PACKAGE / "systems" / "registry.py"
FRAMEWORK = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path != LOADER and not any(path.is_relative_to(folder) for folder in SYSTEMS)
]
IMPORTERS = {"import_module", "__import__", "run_module", "find_spec", "resolve_name"}
A_SYSTEM = re.compile(rf"maidenhair[./]systems[./]({'|'.join(each.name for each in SYSTEMS)})\b")
# Asks whether pip is there, and imports nothing.
ASKS = {"maidenhair/clusters/toolchain/python_packages.py: find_spec('pip')"}


def by_name(tree: ast.AST) -> Iterator[str]:
    """Yield the calls that import by a name, and the texts that name a system's module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in IMPORTERS:
                yield f"{called}({', '.join(map(ast.unparse, node.args))})"
        if isinstance(node, ast.Constant) and A_SYSTEM.search(str(node.value)):
            yield repr(node.value)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("importlib.import_module(name)", ["import_module(name)"]),
        ("__import__('torch')", ["__import__('torch')"]),
        ("f'maidenhair.systems.devices.{name}'", ["'maidenhair.systems.devices.'"]),
        ("x = 'maidenhair/systems/skytorch'", ["'maidenhair/systems/skytorch'"]),
        ("entry_points(group='maidenhair.systems')", []),
        ("from maidenhair.systems.devices import spec", []),
    ],
)
def test_imports_by_name_are_found(line: str, found: list[str]) -> None:
    assert list(by_name(ast.parse(line))) == found


def test_the_framework_imports_nothing_by_name_but_systems_in_the_registry() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {each}"
        for path in FRAMEWORK
        for each in by_name(ast.parse(path.read_text()))
    }
    assert found == ASKS
    assert {each.name for each in SYSTEMS} == {"devices", "skytorch"}
    assert len(FRAMEWORK) > 100


def test_the_registry_imports_in_one_call_and_names_no_system() -> None:
    assert list(by_name(ast.parse(LOADER.read_text()))) == ["import_module(module)"]
