"""The order in which the SkyTorch stack is removed, and what is passed over."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from maidenhair._util.progress import Progress
from maidenhair.errors import ApiRefused
from maidenhair.kube import Kube, Object
from maidenhair.systems.skytorch.stack import removal
from maidenhair.systems.skytorch.stack.manifests import Stages
from maidenhair.systems.skytorch.stack.plan import StackPlan
from maidenhair.systems.skytorch.stack.record import record

RBAC = "rbac.authorization.k8s.io/v1"


def named(kind: str, name: str, api_version: str = "v1", **metadata: Any) -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, **metadata}}


STACK = Stages(
    (named("Namespace", "skytorch-system"), named("CustomResourceDefinition", "computes")),
    (
        (named("Deployment", "provisioner", namespace="projectcontour"),),
        (named("Gateway", "skytorch-gateway"), named("GatewayClass", "contour")),
        (named("ClusterRole", "skytorch-operator"),),
    ),
)
COMPUTE = named("Compute", "left", namespace="somewhere")
PROVISIONED = named("ClusterRole", "contour-skytorch-gateway", RBAC)


class FakeKube:
    """An API that removes at once, and writes down what.

    Args:
        unserved: the kinds that it does not serve.
        status: the status with which it refuses them.
    """

    def __init__(self, *unserved: str, status: int = 404) -> None:
        self.removed: list[str] = []
        self.record: Object | None = None
        self._unserved = unserved
        self._status = status

    def list(self, api_version: str, kind: str, label_selector: str = "") -> list[Object]:
        self._refuse(kind)
        if kind == "Compute":
            return [COMPUTE]
        # The provisioner makes it for the Gateway, and removes it later than that.
        is_made = kind == "ClusterRole" and "Gateway skytorch-gateway" in self.removed
        return [PROVISIONED] if is_made and label_selector else []

    def delete(self, api_version: str, kind: str, name: str, namespace: str | None) -> None:
        self._refuse(kind)
        if name == "maidenhair-skytorch":
            self.record = None
            return
        self.removed.append(f"{kind} {name}")

    def get(self, *where: Any) -> Object | None:
        return self.record if where[1:3] == ("ConfigMap", "maidenhair-skytorch") else None

    def apply(self, manifest: Object) -> None:
        self.record = manifest

    def kustomize(self, folder: Path) -> list[Object]:
        return [named("CustomResourceDefinition", folder.name)]

    def _refuse(self, kind: str) -> None:
        if kind in self._unserved:
            raise ApiRefused(f"list {kind}", self._status, "", "refused")


@pytest.fixture(autouse=True)
def stages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every plan be that of a small stack."""
    monkeypatch.setattr(removal, "stages_of", lambda kube, plan: STACK)


def removed(kube: FakeKube, plan: Mapping[str, str] | None) -> list[str]:
    removal.remove(cast(Kube, kube), cast("StackPlan | None", plan), Progress())
    return kube.removed


def test_what_acts_on_an_object_goes_later_and_kinds_and_namespaces_last() -> None:
    assert removed(FakeKube(), {}) == [
        "Compute left",
        "Gateway skytorch-gateway",
        "Deployment provisioner",
        "GatewayClass contour",
        "ClusterRole skytorch-operator",
        "ClusterRole contour-skytorch-gateway",
        "Namespace skytorch-system",
        "CustomResourceDefinition computes",
    ]


def test_kinds_that_are_not_served_are_passed_over() -> None:
    kube = FakeKube("Compute", "Gateway", "GatewayClass")
    assert removed(kube, {}) == [
        "Deployment provisioner",
        "ClusterRole skytorch-operator",
        "Namespace skytorch-system",
        "CustomResourceDefinition computes",
    ]


@pytest.mark.parametrize("kind", ["Compute", "Gateway"])
def test_another_refusal_ends_the_removal(kind: str) -> None:
    with pytest.raises(ApiRefused, match="refused"):
        removed(FakeKube(kind, status=403), {})


def test_without_a_stack_the_api_of_computes_goes_after_computes() -> None:
    assert removed(FakeKube(), None) == ["Compute left", "CustomResourceDefinition base"]


def test_the_objects_in_the_record_are_removed_whatever_the_settings_are_now() -> None:
    kube = FakeKube()
    record(cast(Kube, kube), [named("ClusterRole", "of-another-operator", RBAC)])
    assert removed(kube, {}) == ["Compute left", "ClusterRole of-another-operator"]
    assert kube.record is None
