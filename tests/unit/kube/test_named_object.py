"""Objects of any kind, found by kind and name."""

from __future__ import annotations

import pytest
from hamcrest import has_entries

from maidenhair.errors import ApiRefused, WaitTimedOut
from maidenhair.kube import Kube
from maidenhair.kube.matchers import has_labels, is_absent
from maidenhair.kube.named_object import NamedObject
from tests.unit.memory_api import MemoryTransport

WIDGET = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "blue"}}


@pytest.fixture
def kube() -> Kube:
    return Kube(MemoryTransport(), "lab")  # type: ignore[arg-type]


def test_a_kind_is_found_in_whichever_group_serves_it(kube: Kube) -> None:
    widget = NamedObject(kube, "Widget", "blue", "lab")

    assert widget.identity() == {**WIDGET, "metadata": {"name": "blue", "namespace": "lab"}}
    assert str(widget) == "Widget lab/blue"


def test_a_kind_that_no_group_serves_is_refused(kube: Kube) -> None:
    with pytest.raises(ApiRefused, match="does not serve this kind"):
        NamedObject(kube, "Gadget", "blue", "lab").wait_until_present()


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
