"""Trials: what they conclude from the StatefulSet of an operator, and from the answers of a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from maidenhair.errors import NotServed, WaitStopped
from maidenhair.systems.skytorch.trials import (
    missing_functions,
    missing_overrides,
    missing_own_variables,
    missing_server,
)


class FakeSkyTorch:
    """An operator that makes one pod template, and a server whose functions end with an error, or with none."""

    def __init__(
        self,
        pod: Any = None,
        error: Exception | None = None,
        shares_namespace: bool = False,
        unready: bool = False,
    ) -> None:
        self.applied: dict[str, Any] = {}
        self.shares_namespace = shares_namespace
        self._unready = unready
        self._pod = pod
        self._error = error

    def shared_view(self, name: str) -> FakeSkyTorch:
        return self

    def apply(self, **spec: Any) -> None:
        self.applied = spec

    def child(self, kind: str) -> FakeSkyTorch:
        return self

    def wait_until(self, matcher: Any, wanted: str) -> Any:
        return {"spec": {"template": {"spec": self._pod}}}

    @contextmanager
    def shared_server(self) -> Iterator[FakeSkyTorch]:
        if self._unready:
            raise WaitStopped("no operator")
        yield self

    def execute_function(self, function: Any) -> None:
        if self._error is not None:
            raise self._error


def pod(*variables: str, **fields: Any) -> Any:
    return {"containers": [{"env": [{"name": each} for each in variables]}], **fields}


@pytest.mark.parametrize(
    ("trial", "has", "lacks", "reason"),
    [
        (missing_own_variables, pod("SKYTORCH_PORT"), pod("COLOUR"), "leaves SKYTORCH_PORT to the"),
        (missing_overrides, pod(volumes=[{"name": "scratch"}]), pod(), "ignores the volumes"),
    ],
)
def test_the_stateful_set_shows_what_the_operator_does(
    trial: Callable[[Any], str | None], has: Any, lacks: Any, reason: str
) -> None:
    able = FakeSkyTorch(has)
    assert trial(able) is None
    assert able.applied["suspend"] is True
    assert reason in (trial(FakeSkyTorch(lacks)) or "")


def test_a_call_shows_whether_the_server_runs_functions() -> None:
    able: Any = FakeSkyTorch()
    unable: Any = FakeSkyTorch(error=NotServed("calling", "UNIMPLEMENTED", "no such call"))
    assert missing_functions(able) is None
    assert "serves no functions" in (missing_functions(unable) or "")


def test_only_in_a_shared_namespace_a_compute_shows_whether_any_becomes_ready() -> None:
    assert missing_server(cast("Any", FakeSkyTorch(unready=True))) is None
    assert missing_server(cast("Any", FakeSkyTorch(shares_namespace=True))) is None
    unable: Any = FakeSkyTorch(shares_namespace=True, unready=True)
    assert missing_server(unable) == "no Compute becomes Ready: no operator"
