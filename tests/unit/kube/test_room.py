"""The room of Kubernetes: it names no system under test, and its examples are true."""

from __future__ import annotations

import doctest
import re
from importlib import import_module
from pathlib import Path

import pytest

import maidenhair.kube
from tests.unit.examples import surroundings

SYSTEMS = re.compile(r"(?i:skytorch|hami)|\bComputes?\b")
[ROOM] = map(Path, maidenhair.kube.__path__)
FILES = sorted(ROOM.rglob("*.py"))
WITH_EXAMPLES = [path for path in FILES if ">>> " in path.read_text()]


def test_no_system_under_test_is_named() -> None:
    found = [
        f"{path.relative_to(ROOM)}:{number}: {line.strip()}"
        for path in FILES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if SYSTEMS.search(line)
    ]

    assert len(FILES) > 50
    assert found == []


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_true(path: Path, tmp_path: Path) -> None:
    parts = path.relative_to(ROOM).with_suffix("").parts
    module = import_module(".".join(["maidenhair.kube", *parts]))
    with surroundings(tmp_path) as names:
        ran = doctest.testmod(module, globs={**names, **vars(module)}, optionflags=doctest.ELLIPSIS)

    assert ran.attempted > 0
    assert ran.failed == 0
