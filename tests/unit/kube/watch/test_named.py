"""Watches of single objects: which requests they make, and whom a change wakes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hamcrest import has_entries

from maidenhair.errors import ApiRefused
from maidenhair.kube import Kube
from maidenhair.kube.matchers import is_absent, is_present
from maidenhair.kube.watch.informers import OWN_WATCHES
from maidenhair.kube.watch.watched import WatchedObject, WatchedObjects
from maidenhair.waiting import eventually
from tests.unit.memory_api import MemoryTransport

WITHIN = 30.0
NAMES = [f"m{number}" for number in range(OWN_WATCHES + 4)]
WIDGETS = "example.com/v1"


@pytest.fixture
def api() -> MemoryTransport:
    return MemoryTransport()


@pytest.fixture
def kube(api: MemoryTransport) -> Iterator[Kube]:
    kube = Kube(api, "n")  # type: ignore[arg-type]
    yield kube
    kube.close()


def change(kube: Kube, name: str, color: str = "blue", kind: str = "ConfigMap") -> None:
    version = WIDGETS if kind == "Widget" else "v1"
    metadata = {"name": name, "namespace": "n"}
    kube.apply({"apiVersion": version, "kind": kind, "metadata": metadata, "data": {"c": color}})


def watched(kube: Kube, name: str) -> WatchedObject:
    return WatchedObject(kube, "v1", "ConfigMap", name, "n")


def has_color(color: str) -> object:
    return has_entries(data={"c": color})


def test_one_object_is_listed_and_watched_alone(api: MemoryTransport, kube: Kube) -> None:
    change(kube, "a", "red")
    with watched(kube, "a") as source:
        assert source.read() is not None
        change(kube, "a")
        eventually(source, has_color("blue"), within=WITHIN)
    assert api.requests == {("list", "a"): 1, ("watch", "a"): 1}


def test_many_objects_share_a_watch_that_lists_none_of_the_others(
    api: MemoryTransport, kube: Kube
) -> None:
    with ExitStack() as stack:
        sources = [stack.enter_context(watched(kube, name)) for name in NAMES]
        for name in NAMES:
            change(kube, name)
        for source in sources:
            eventually(source, is_present(), within=WITHIN)
        kube.delete("v1", "ConfigMap", NAMES[-1], "n")
        eventually(sources[-1], is_absent(), within=WITHIN)
    watches = {name for verb, name in api.requests if verb == "watch"}
    assert watches == {None, *NAMES[:OWN_WATCHES]}
    assert api.requests["watch", None] == 1
    assert api.requests["list", None] == 0


def test_an_account_that_may_read_only_certain_names_gets_a_watch_for_each(
    api: MemoryTransport, kube: Kube
) -> None:
    api.forbidden = {None, "metadata.name=-"}
    with ExitStack() as stack:
        sources = [stack.enter_context(watched(kube, name)) for name in NAMES]
        change(kube, NAMES[-1])
        eventually(sources[-1], is_present(), within=WITHIN)
    assert {name for verb, name in api.requests if verb == "watch"} == set(NAMES)


def test_a_name_that_is_forbidden_is_refused(api: MemoryTransport, kube: Kube) -> None:
    api.forbidden = {"metadata.name=a"}
    with pytest.raises(ApiRefused, match="Forbidden"):
        watched(kube, "a").__enter__()


def test_a_watch_of_the_kind_serves_single_objects_too(api: MemoryTransport, kube: Kube) -> None:
    change(kube, "a")
    with WatchedObjects(kube, "v1", "ConfigMap", "n"), watched(kube, "a") as source:
        assert source.read() is not None
        change(kube, "a", "red")
        eventually(source, has_color("red"), within=WITHIN)
    assert api.requests["watch", None] == 1
    assert api.requests["watch", "a"] == 0
    assert api.requests["list", None] == 1


def test_names_that_share_a_watch_survive_its_expiry(api: MemoryTransport, kube: Kube) -> None:
    with ExitStack() as stack:
        sources = {name: stack.enter_context(watched(kube, name)) for name in NAMES}
        last = NAMES[-1]
        change(kube, last, "red")
        eventually(sources[last], has_color("red"), within=WITHIN)
        api.expire()
        change(kube, last)
        eventually(sources[last], has_color("blue"), within=WITHIN)
        change(kube, NAMES[0])
        eventually(sources[NAMES[0]], has_color("blue"), within=WITHIN)


@pytest.mark.parametrize("shared", [False, True])
def test_a_change_wakes_only_those_who_wait_for_its_name(kube: Kube, shared: bool) -> None:
    woken: list[str] = []
    seen = threading.Event()
    with ExitStack() as stack:
        if shared:
            whole = stack.enter_context(WatchedObjects(kube, "v1", "ConfigMap", "n"))
            sources = {name: whole.named(name) for name in NAMES}
        else:
            sources = {name: stack.enter_context(watched(kube, name)) for name in NAMES}  # type: ignore[misc]
        for name, source in sources.items():
            wake = seen.set if name == NAMES[-1] else lambda name=name: woken.append(name)
            stack.enter_context(source.on_change(wake))
        change(kube, NAMES[-2])
        change(kube, NAMES[-1])
        assert seen.wait(WITHIN)
    assert woken == [NAMES[-2]]


def test_an_object_of_a_kind_that_comes_later_is_waited_for(
    api: MemoryTransport, kube: Kube
) -> None:
    served = api.kinds.pop(WIDGETS)
    kube.expect_kinds("Widget.example.com")
    with WatchedObject(kube, WIDGETS, "Widget", "blue", "n") as source:
        assert source.read() is None
        api.kinds[WIDGETS] = served
        change(kube, "blue", kind="Widget")
        eventually(source, is_present(), within=WITHIN)


def test_objects_are_absent_when_their_kind_is_gone_and_present_when_it_is_back(
    api: MemoryTransport, kube: Kube
) -> None:
    change(kube, "blue", kind="Widget")
    with WatchedObject(kube, WIDGETS, "Widget", "blue", "n") as source:
        served = api.kinds.pop(WIDGETS)
        api.expire()
        eventually(source, is_absent(), within=WITHIN)
        with WatchedObject(kube, WIDGETS, "Widget", "blue", "n") as another:
            assert another.read() is None
        api.kinds[WIDGETS] = served
        eventually(source, is_present(), within=WITHIN)


def test_a_kind_that_nobody_expects_is_refused_with_similar_kinds(kube: Kube) -> None:
    with pytest.raises(ApiRefused, match=r"similar kinds: Widget \(example.com/v1\)"):
        WatchedObject(kube, WIDGETS, "Widgets", "blue", "n").__enter__()


def test_a_kind_that_moved_to_another_plural_is_followed(api: MemoryTransport, kube: Kube) -> None:
    change(kube, "blue", kind="Widget")
    api.kinds[WIDGETS] = {"gizmos": "Widget"}
    assert kube.get(WIDGETS, "Widget", "blue", "n") is None
    change(kube, "blue", kind="Widget")
    assert [each["metadata"]["name"] for each in kube.list(WIDGETS, "Widget", "n")] == ["blue"]


def test_a_kind_that_moved_to_another_version_is_found_again(
    api: MemoryTransport, kube: Kube
) -> None:
    assert kube.list("", "Widget", "n") == []
    api.kinds["example.com/v2"] = api.kinds.pop(WIDGETS)
    assert kube.list("", "Widget", "n") == []
    assert kube.discovery.resource_of_kind("Widget").api_version == "example.com/v2"
    with pytest.raises(ApiRefused, match=r"find kind Widget \(example.com/v1\)"):
        kube.list(WIDGETS, "Widget", "n")
