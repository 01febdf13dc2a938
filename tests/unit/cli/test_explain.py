"""The command `maidenhair explain`, on an API in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from click.testing import CliRunner, Result

from maidenhair.cli.explain import command
from maidenhair.kube import Kube
from tests.unit.memory_api import MemoryTransport

WIDGET = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "blue"}}


@pytest.fixture
def kube(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kube]:
    """Provide the API that the command opens."""
    memory = Kube(MemoryTransport())  # type: ignore[arg-type]

    @contextmanager
    def opened(*arguments: Any) -> Iterator[Kube]:
        yield memory

    monkeypatch.setattr(command, "open_cluster", opened)
    memory.apply({**WIDGET, "status": {"phase": "Failed", "message": "no belt"}})
    yield memory
    memory.close()


def explain(*arguments: str) -> Result:
    return CliRunner().invoke(command.explain_command, arguments)


@pytest.mark.parametrize(
    "target", [["widget/blue"], ["Widget", "blue"], ["widgets.example.com/blue"]]
)
def test_the_cause_is_printed(kube: Kube, target: list[str]) -> None:
    assert explain(*target).output == "Widget default/blue is Failed: no belt\n"


def test_json_has_the_cause_and_the_status(kube: Kube) -> None:
    found = json.loads(explain("widget/blue", "--json").output)
    assert found["cause"] == "Widget default/blue is Failed: no belt"
    assert found["status"] == {"phase": "Failed", "message": "no belt"}


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("widget/bluh", "Widget default/bluh does not exist .*; there is Widget default/blue"),
        ("widgt/blue", "serves no kind 'widgt'; similar kinds: widget, widgets"),
        ("widget", "'widget' names no object; write KIND/NAME"),
        ("a/b/c", "'a/b/c' names no object; write KIND/NAME"),
    ],
)
def test_an_error_says_what_there_is(kube: Kube, target: str, message: str) -> None:
    ended = explain(target)
    assert ended.exit_code != 0
    with pytest.raises(Exception, match=message):
        raise ended.exception or AssertionError(ended.output)


def test_an_object_of_the_name_in_another_namespace_is_named(kube: Kube) -> None:
    ended = explain("widget/blue", "--namespace", "elsewhere")
    assert "Widget elsewhere/blue does not exist" in str(ended.exception)
    assert "there is Widget default/blue" in str(ended.exception)
