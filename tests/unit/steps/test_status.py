"""The conditions of objects, as the phrases read them from tables."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from behave.model import Table

from maidenhair.kube import Kube
from maidenhair.steps.status import has_the_condition
from maidenhair.steps.waits import try_to_wait_until_ready
from tests.unit.memory_api import MemoryTransport

WIDGET = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "blue"}}
READY = {"type": "Ready", "status": "True", "reason": "Painted"}


class Context(SimpleNamespace):
    """Attributes of a scenario, as behave's context has them."""

    def __contains__(self, name: str) -> bool:
        return name in vars(self)


def context(*rows: list[str], headings: list[str]) -> Any:
    kube = Kube(MemoryTransport(), "lab")  # type: ignore[arg-type]
    kube.apply({**WIDGET, "status": {"conditions": [READY]}})
    return Context(
        spec=SimpleNamespace(kube=kube, namespace="lab"), table=Table(headings, rows=list(rows))
    )


def test_an_empty_status_expects_that_there_is_no_such_condition() -> None:
    table = (["Ready", "True"], ["Suspended", ""])

    has_the_condition(context(*table, headings=["type", "status"]), "Widget", "blue")


def test_a_condition_that_should_be_absent_fails_at_once() -> None:
    found = context(["Ready", ""], headings=["type", "status"])

    with pytest.raises(AssertionError, match=r"condition Ready(?s:.*)Painted"):
        has_the_condition(found, "Widget", "blue")


def test_an_unknown_limit_of_a_wait_is_refused() -> None:
    found = context(["room on a node", "an hour"], headings=["limit", "value"])

    with pytest.raises(AssertionError, match=r"limits of a wait: .*an hour"):
        try_to_wait_until_ready(found, "Widget", "blue")
