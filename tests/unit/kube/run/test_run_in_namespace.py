"""A run in a namespace that exists: whose objects it removes, and when; the API server is one in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from maidenhair.errors import ConfigurationError
from maidenhair.kube import Kube, Object
from maidenhair.kube.run.run_in_namespace import RunInNamespace
from tests.unit.memory_api import MemoryTransport

TEAM = "team"


@pytest.fixture
def kube(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kube]:
    monkeypatch.setenv("MAIDENHAIR_CACHE_DIR", str(tmp_path))
    client = Kube(MemoryTransport(), TEAM)  # type: ignore[arg-type]
    yield client
    client.close()


def widget(name: str, **labels: str) -> Object:
    metadata = {"name": name, "namespace": TEAM, "labels": labels}
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": metadata}


def names(kube: Kube) -> list[str]:
    return [each["metadata"]["name"] for each in kube.list("example.com/v1", "Widget", TEAM)]


def test_the_objects_of_a_spec_are_removed_and_no_others(kube: Kube) -> None:
    kube.apply(widget("theirs"))
    kube.apply(widget("of-another-run", **{"maidenhair.dev/run": "r2"}))
    with RunInNamespace(kube, TEAM, "r1") as run:
        with run.namespace("a spec") as namespace:
            assert namespace == TEAM
            run.inventory_of(namespace).apply(widget("applied"))
            kube.apply(widget("labelled", **{"maidenhair.dev/run": "r1"}))
        assert names(kube) == ["theirs", "of-another-run"]


def test_shared_objects_stay_until_the_end_of_the_run(kube: Kube) -> None:
    with RunInNamespace(kube, TEAM, "r1") as run:
        kube.apply(widget("shared", **run.labels("shared")))
        with run.namespace("a spec"):
            pass
        assert names(kube) == ["shared"]
    assert names(kube) == []


def test_what_a_killed_worker_left_is_removed_before_the_next_spec(kube: Kube) -> None:
    run = RunInNamespace(kube, TEAM, "r1")
    kube.apply(widget("trainer", **run.labels("a killed spec")))
    with run.namespace("a spec"):
        assert names(kube) == []


def test_the_objects_of_other_runs_are_found(kube: Kube) -> None:
    kube.apply(widget("theirs"))
    kube.apply(widget("of-another-run", **{"maidenhair.dev/run": "r2"}))
    kube.apply(widget("ours", **{"maidenhair.dev/run": "r1"}))
    [found] = RunInNamespace(kube, TEAM, "r1").objects_of_others()
    assert found["metadata"]["name"] == "of-another-run"


def test_specs_use_the_namespace_one_after_another(kube: Kube) -> None:
    entered = threading.Event()

    def second() -> None:
        with RunInNamespace(kube, TEAM, "r2").namespace("another spec"):
            entered.set()

    thread = threading.Thread(target=second)
    with RunInNamespace(kube, TEAM, "r1").namespace("a spec"):
        thread.start()
        assert not entered.wait(0.5)
    thread.join()
    assert entered.is_set()


def test_a_second_namespace_is_refused_with_the_tag(kube: Kube) -> None:
    run = RunInNamespace(kube, TEAM, "r1")
    with run.namespace("a spec"), pytest.raises(ConfigurationError, match="own_namespaces=yes"):
        run.namespace("another").__enter__()
