"""Diagnostics of a system that the framework does not know, with the knowledge of the client."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from maidenhair.errors import ApiRefused
from maidenhair.kube import Kube, Object
from maidenhair.kube.api_resources import Resource
from maidenhair.kube.diagnosis.causes.cause import Cause
from maidenhair.kube.diagnosis.dump import collect
from maidenhair.kube.diagnosis.explain import explain, stop_when_hopeless
from maidenhair.kube.diagnosis.facts import Facts
from maidenhair.kube.diagnosis.knowledge import NO_KNOWLEDGE, Knowledge
from maidenhair.kube.diagnosis.related_objects import RelatedObjects
from maidenhair.kube.matchers import has_condition
from maidenhair.kube.objects import Objects
from tests.unit.kube.watch.remembered import RememberedInformers


def jammed(facts: Facts) -> Cause | None:
    if facts.subject["kind"] == "Widget" and facts.find("Belt", "main") is None:
        return Cause("the widget has no belt")
    return None


def look_for_belt(related: RelatedObjects, widget: Object) -> None:
    related.get("example.com/v1", "Belt", "main")


def pods_by_annotation(widget: Object, pods: Objects) -> Objects:
    name = widget["metadata"]["name"]
    return [pod for pod in pods if pod["metadata"].get("annotations") == {"widget": name}]


WIDGETS = Knowledge(
    kinds=(("example.com/v1", "Widget"),),
    owners=("Widget",),
    namespaces=("factory",),
    rules=(jammed,),
    related={"Widget": look_for_belt},
    pods={"Widget": pods_by_annotation},
)


class FakeKube:
    """A fake API with a few objects; `refused` names the kinds that may not be read."""

    def __init__(
        self, *objects: Object, knowledge: Knowledge = NO_KNOWLEDGE, refused: str = ""
    ) -> None:
        self.knowledge = knowledge
        self._objects = objects
        self._refused = refused.split()

    def list(self, api_version: str, kind: str, namespace: str | None = None) -> Objects:
        if kind in self._refused:
            raise ApiRefused(f"list {kind}", 403, "Forbidden", "not for you")
        return [
            each
            for each in self._objects
            if each["kind"] == kind and namespace in (None, each["metadata"].get("namespace"))
        ]

    def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> Object | None:
        found = self.list(api_version, kind, namespace)
        return next((each for each in found if each["metadata"]["name"] == name), None)

    @property
    def discovery(self) -> FakeKube:
        return self

    def all(self) -> list[Resource]:
        kinds = {each["kind"]: each["apiVersion"] for each in self._objects}
        verbs = frozenset({"delete", "get", "list"})
        return [Resource(group, kind, kind.lower(), True, verbs) for kind, group in kinds.items()]

    def pod_logs(self, *arguments: Any) -> str:
        return ""

    @property
    def informers(self) -> RememberedInformers:
        return RememberedInformers(lambda scope: self.list(*scope[:3]))


def made(kind: str, name: str, namespace: str | None = "n", **fields: Any) -> Object:
    metadata = {"name": name, "uid": f"{kind}-{name}"}
    metadata |= {"namespace": namespace} if namespace else {}
    return {"apiVersion": "example.com/v1", "kind": kind, "metadata": metadata, **fields}


WIDGET = made("Widget", "w")
BELT = made("Belt", "main", None)


def failed_pod(*, waits: str = "CreateContainerConfigError", **annotations: str) -> Object:
    pod = made("Pod", "p", spec={"containers": [{"name": "main", "image": "i"}]})
    pod["apiVersion"] = "v1"
    pod["metadata"]["annotations"] = annotations
    message = 'secret "s" not found'
    waiting = {"waiting": {"reason": waits, "message": message}}
    pod["status"] = {
        "phase": "Pending",
        "containerStatuses": [{"name": "main", "image": "i", "state": waiting}],
    }
    return pod


def explained(*objects: Object, knowledge: Knowledge = WIDGETS, refused: str = "") -> str:
    kube = FakeKube(WIDGET, *objects, knowledge=knowledge, refused=refused)
    return explain(cast("Kube", kube), WIDGET)


def test_without_knowledge_nothing_is_known_about_an_object_of_an_unknown_kind() -> None:
    assert explained(knowledge=NO_KNOWLEDGE) == "nothing known about Widget n/w\n  it has no status"


def test_the_rules_of_a_system_use_the_related_objects_that_it_looks_up() -> None:
    assert explained() == "the widget has no belt"
    assert explained(BELT) == "nothing known about Widget n/w\n  it has no status"


def test_objects_that_may_not_be_read_are_missing_in_the_facts() -> None:
    assert explained(BELT, refused="Belt") == "the widget has no belt"


def test_a_system_selects_the_pods_of_its_objects() -> None:
    assert explained(BELT, failed_pod(widget="w")).startswith("container main of Pod n/p needs")
    assert "nothing known" in explained(BELT, failed_pod(widget="another"))
    assert "nothing known" in explained(BELT, failed_pod(widget="w"), knowledge=NO_KNOWLEDGE)


def test_a_wait_for_an_object_of_a_system_ends_if_its_pod_is_hopeless() -> None:
    pod = failed_pod(waits="ErrImagePull", widget="w")
    for knowledge, hopeless in ((WIDGETS, True), (NO_KNOWLEDGE, False)):
        kube = FakeKube(WIDGET, pod, knowledge=knowledge)
        stop = stop_when_hopeless(cast("Kube", kube), WIDGET)
        with stop.on_change(lambda: None):
            assert bool(stop()) is hopeless


def test_a_stop_condition_does_not_apply_to_an_expected_failure() -> None:
    stop = stop_when_hopeless(cast("Kube", FakeKube(WIDGET)), WIDGET)
    assert stop.applies_to(has_condition("Ready"))
    assert not stop.applies_to(has_condition("Ready", "False"))


def test_a_wait_ends_in_a_state_that_is_terminal_by_a_rule_of_a_system() -> None:
    knowledge = Knowledge(terminal=(lambda widget: f"{widget['metadata']['name']} is scrapped",))
    stop = stop_when_hopeless(cast("Kube", FakeKube(WIDGET, knowledge=knowledge)), WIDGET)
    assert stop() is None, "outside a wait"
    with stop.on_change(lambda: None):
        assert stop() == "w is scrapped"


def test_a_wait_ends_if_the_cause_of_a_system_s_rule_is_hopeless() -> None:
    def lost(facts: Facts) -> Cause:
        return Cause("the widget is lost", hopeless=True)

    kube = FakeKube(WIDGET, knowledge=Knowledge(rules=(lost,)))
    stop = stop_when_hopeless(cast("Kube", kube), WIDGET)
    with stop.on_change(lambda: None):
        assert stop() == "the widget is lost"


@pytest.mark.parametrize(
    ("knowledge", "expected"),
    [
        (WIDGETS, "Diagnostics of Namespace n (in FOLDER):\n  the widget has no belt"),
        (
            NO_KNOWLEDGE,
            "Diagnostics of Namespace n (in FOLDER):\n  container main of Pod n/p needs",
        ),
    ],
    ids=["with", "without"],
)
def test_objects_of_a_system_are_explained_before_pods(
    knowledge: Knowledge, expected: str, tmp_path: Path
) -> None:
    kube = FakeKube(WIDGET, failed_pod(widget="another"), knowledge=knowledge)
    summary = collect(cast("Kube", kube), "n", tmp_path).summary

    assert summary.replace(str(tmp_path), "FOLDER").startswith(expected)


def test_objects_of_a_system_are_described_before_all_others(tmp_path: Path) -> None:
    kube = FakeKube(failed_pod(), WIDGET, knowledge=WIDGETS)
    collect(cast("Kube", kube), "n", tmp_path)

    text = (tmp_path / "describe.txt").read_text()
    assert text.index("Widget n/w") < text.index("Pod n/p")


def test_knowledge_of_several_systems_is_merged() -> None:
    gears = Knowledge(
        kinds=(("example.com/v1", "Gear"), ("example.com/v1", "Widget")),
        owners=("Gear",),
        related={"Gear": look_for_belt},
    )
    merged = NO_KNOWLEDGE.merged(WIDGETS, gears, WIDGETS)

    assert [kind for _, kind in merged.kinds] == ["Widget", "Gear"]
    assert merged.owners == ("Widget", "Gear")
    assert merged.namespaces == ("factory",)
    assert merged.rules == (jammed,)
    assert set(merged.related) == {"Widget", "Gear"}
    assert set(merged.pods) == {"Widget"}
    assert NO_KNOWLEDGE.merged() == NO_KNOWLEDGE


def test_related_objects_are_found_unless_they_may_not_be_read() -> None:
    related = RelatedObjects(FakeKube(BELT, WIDGET, refused="Gear"))

    assert related.list("example.com/v1", "Belt") == [BELT]
    assert related.list("example.com/v1", "Gear") == []
    assert related.get("example.com/v1", "Widget", "absent", "n") is None
    assert related.get("example.com/v1", "Gear", "main") is None
    assert related.found == [BELT]
    assert related.known == {"Belt", "Widget"}


def test_the_objects_that_a_route_refers_to_are_found() -> None:
    route = made(
        "GRPCRoute",
        "r",
        spec={
            "parentRefs": [{"name": "g", "namespace": "front"}, {"name": "absent"}],
            "rules": [{"backendRefs": [{"name": "web"}, {"name": "b", "kind": "Belt"}]}],
        },
    )
    gateway = made("Gateway", "g", "front", spec={"gatewayClassName": "c"})
    web, class_ = made("Service", "web"), made("GatewayClass", "c", None)
    related = RelatedObjects(FakeKube(gateway, web, class_, BELT))
    related.route(route)

    assert related.found == [gateway, class_, web]
    assert related.known == {"Gateway", "GatewayClass", "Service"}
