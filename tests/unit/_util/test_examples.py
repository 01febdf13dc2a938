"""The examples in the docstrings of the room."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import maidenhair._util

MODULES = [
    f"maidenhair._util.{each.name}" for each in pkgutil.iter_modules(maidenhair._util.__path__)
]


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_module_are_true(module: str) -> None:
    assert doctest.testmod(import_module(module), optionflags=doctest.ELLIPSIS).failed == 0
