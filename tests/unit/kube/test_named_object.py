"""Objects of any kind, found by kind and name."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hamcrest import has_entries

from maidenhair.errors import ApiRefused, WaitStopped, WaitTimedOut
from maidenhair.kube import Kube
from maidenhair.kube.matchers import has_condition, has_labels, is_absent, is_present
from maidenhair.kube.named_object import NamedObject
from tests.unit.memory_api import MemoryTransport

WIDGET = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "blue"}}


@pytest.fixture
def api() -> MemoryTransport:
    return MemoryTransport()


@pytest.fixture
def kube(api: MemoryTransport) -> Iterator[Kube]:
    kube = Kube(api, "lab")  # type: ignore[arg-type]
    yield kube
    kube.close()


def test_a_kind_is_found_in_whichever_group_serves_it(kube: Kube) -> None:
    widget = NamedObject(kube, "Widget", "blue", "lab")

    assert widget.identity() == {**WIDGET, "metadata": {"name": "blue", "namespace": "lab"}}
    assert str(widget) == "Widget lab/blue"


def test_a_kind_that_no_group_serves_is_refused(kube: Kube) -> None:
    with pytest.raises(ApiRefused, match="does not serve this kind"):
        NamedObject(kube, "Gadget", "blue", "lab").wait_until_present()


def test_a_kind_that_is_misspelt_is_refused_with_similar_kinds(kube: Kube) -> None:
    for matcher in (is_present(), is_absent()):
        with pytest.raises(ApiRefused, match=r"similar kinds: Widget \(example.com/v1\)"):
            NamedObject(kube, "Widgets", "blue", "lab").wait_until(matcher, "to be there or not")


def test_an_object_of_an_expected_kind_is_waited_for(api: MemoryTransport, kube: Kube) -> None:
    kinds = api.kinds.pop("example.com/v1")
    kube.expect_kinds("Widget")
    widget = NamedObject(kube, "Widget", "blue", "lab")
    assert str(widget) == "Widget lab/blue"
    with pytest.raises(
        WaitTimedOut, match=r"(?s)Widget lab/blue to exist.*Likely cause: .*not serve"
    ):
        widget.wait_until(is_present(), "to exist", 0.0)
    with ThreadPoolExecutor(1) as threads:
        found = threads.submit(widget.wait_until_present)
        api.kinds["example.com/v1"] = kinds
        kube.apply(WIDGET)
        assert found.result(60)["metadata"]["name"] == "blue"


def test_an_object_is_absent_if_its_kind_is_gone(api: MemoryTransport, kube: Kube) -> None:
    kube.apply(WIDGET)
    assert NamedObject(kube, "Widget", "blue", "lab").wait_until_present()
    del api.kinds["example.com/v1"]
    api.expire()
    NamedObject(kube, "Widget", "blue", "lab").wait_until(is_absent(), "to be gone", 30)
    kube.discovery.has_moved("/apis/example.com/v1/widgets")
    NamedObject(kube, "Widget", "blue", "lab").wait_until(is_absent(), "to be gone", 30)
    with pytest.raises(ApiRefused, match="does not serve this kind"):
        NamedObject(kube, "Widget", "blue", "lab").wait_until_present()


def change_status(kube: Kube, **status: object) -> None:
    kube.apply({**WIDGET, "status": status})


def test_a_wait_for_success_ends_in_a_terminal_state(kube: Kube) -> None:
    change_status(kube, phase="Failed", message="no belt")
    widget = NamedObject(kube, "Widget", "blue", "lab")
    with pytest.raises(WaitStopped, match="Reason: Widget lab/blue is Failed: no belt"):
        widget.wait_until(has_condition("Ready"), "to be Ready")


def test_a_wait_for_the_failure_itself_goes_on(kube: Kube) -> None:
    change_status(kube, phase="Failed", message="no belt")
    widget = NamedObject(kube, "Widget", "blue", "lab")
    for matcher in (has_condition("Ready", "False"), has_labels({"team": "trees"})):
        with pytest.raises(WaitTimedOut):
            widget.wait_until(matcher, "to be reported", 0.2)


def test_an_account_that_may_not_read_pods_can_wait(api: MemoryTransport, kube: Kube) -> None:
    change_status(kube, phase="Failed")
    # It may read objects of certain names alone, so neither the pods nor the events of the namespace.
    api.forbidden = {None}
    with pytest.raises(WaitTimedOut):
        NamedObject(kube, "Widget", "blue", "lab").wait_until(
            has_condition("Ready"), "to be R", 0.2
        )


def test_a_wait_that_holds_at_once_watches_only_its_object(
    api: MemoryTransport, kube: Kube
) -> None:
    change_status(kube, conditions=[{"type": "Ready", "status": "True"}])
    NamedObject(kube, "Widget", "blue", "lab").wait_until(has_condition("Ready"), "to be Ready")
    assert {name for _, name in api.requests} == {"blue"}


def test_a_name_may_name_another_namespace(kube: Kube) -> None:
    assert NamedObject(kube, "Widget", "elsewhere/blue", "lab").namespace == "elsewhere"


def test_a_kind_without_namespaces_has_none(kube: Kube) -> None:
    assert NamedObject(kube, "Namespace", "lab", "lab").namespace is None


def test_an_object_is_deleted_and_may_be_gone_already(kube: Kube) -> None:
    kube.apply(WIDGET)
    widget = NamedObject(kube, "Widget", "blue", "lab")

    assert widget.wait_until_present()["metadata"]["name"] == "blue"
    assert widget.delete() is not None
    widget.wait_until(is_absent(), "to be gone", 5)
    assert widget.delete() is None


def test_a_failed_wait_names_the_object_and_the_expected_state(kube: Kube) -> None:
    kube.apply(WIDGET)
    widget = NamedObject(kube, "Widget", "blue", "lab")

    with pytest.raises(WaitTimedOut, match="Widget lab/blue to have the labels"):
        widget.wait_until(has_labels({"team": "trees"}), "to have the labels", 0.1)


def test_a_change_is_merged(kube: Kube) -> None:
    kube.apply(WIDGET)

    changed = NamedObject(kube, "Widget", "blue", "lab").patch({"spec": {"size": 3}, **WIDGET})
    assert has_entries(spec={"size": 3}).matches(changed)
