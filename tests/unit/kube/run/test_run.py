"""The end of a spec's namespace, for whom a run waits, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from maidenhair.errors import WaitTimedOut
from maidenhair.kube import Kube
from maidenhair.kube.rbac.namespace_role_binding import SpecAccess
from maidenhair.kube.run.run import Run
from tests.unit.memory_api import MemoryTransport


@pytest.fixture
def kube() -> Iterator[Kube]:
    api = MemoryTransport()
    api.kinds["v1"]["serviceaccounts"] = "ServiceAccount"
    kube = Kube(api, "n")  # type: ignore[arg-type]
    yield kube
    kube.close()


def run_with_accounts(kube: Kube, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a run in whose namespaces there is a ServiceAccount at once."""

    def ensure(_: SpecAccess, name: str, labels: object) -> None:
        metadata = {"name": "default", "namespace": name}
        kube.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})

    monkeypatch.setattr(SpecAccess, "ensure", ensure)
    return Run(kube, "r1", needs_binding=False)


def test_the_wait_for_a_namespace_can_be_left_to_others(
    kube: Kube, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, waits = run_with_accounts(kube, monkeypatch), list[Callable[[], None]]()
    with run.namespace("a spec", finish=waits.append) as name:
        assert kube.get("v1", "Namespace", name) is not None

    assert kube.get("v1", "Namespace", name) is None
    (wait,) = waits
    wait()


def test_the_wait_that_others_do_names_the_namespace_that_stays(
    kube: Kube, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, waits = run_with_accounts(kube, monkeypatch), list[Callable[[], None]]()
    with run.namespace("a spec", gone_within=0.1, finish=waits.append) as name:
        pass
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    (wait,) = waits
    with pytest.raises(WaitTimedOut, match=f"Namespace {name}"):
        wait()
