"""The plan of a SkyTorch stack, its manifests, when it counts as deployed, and what failures say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from hamcrest.core.string_description import StringDescription

from maidenhair._util.progress import Progress
from maidenhair.errors import StackError
from maidenhair.kube import Kube, Object
from maidenhair.kube.matchers.rolled_out import is_rolled_out
from maidenhair.systems.skytorch.settings import SkyTorchSettings
from maidenhair.systems.skytorch.stack import deploy as deploy_module
from maidenhair.systems.skytorch.stack.deploy import (
    StackPlan,
    _digest,
    deploy,
    is_deployed,
    plan_stack,
)
from maidenhair.systems.skytorch.stack.manifests import (
    Stages,
    gateway_api_manifests,
    in_stages,
    operator_manifests,
    provisioner_manifests,
)
from maidenhair.systems.skytorch.stack.record import recorded
from maidenhair.systems.skytorch.stack.state import (
    DIGEST_ANNOTATION,
    PARAMETERS,
    UPSTREAM_ANNOTATION,
    has_address,
    has_our_parameters,
    is_programmed,
    parts,
)
from tests.project import ROOT


@dataclass(frozen=True)
class Named:
    """An image."""

    name: str
    digest: str = "sha256:1"


@dataclass(frozen=True)
class Folder:
    """A component that is a folder."""

    path: Path


@dataclass
class FakeKube:
    """As much of an API as a plan's state and manifests need."""

    objects: dict[tuple[str, str], Object] = field(default_factory=dict)
    kustomized: list[Object] = field(default_factory=lambda: [_deployment("skytorch-operator")])
    kustomizations: list[Mapping[str, Any]] = field(default_factory=list)
    applied: list[Object] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    def get(self, _: str, kind: str, name: str, namespace: str | None = None) -> Object | None:
        return self.objects.get((kind, name))

    def kustomize(self, folder: Path) -> list[Object]:
        self.kustomizations.append(yaml.safe_load((folder / "kustomization.yaml").read_text()))
        return self.kustomized

    def apply(self, manifest: Object) -> Object:
        self.objects[manifest["kind"], manifest["metadata"]["name"]] = manifest
        return manifest

    def apply_all(self, manifests: Iterable[Object]) -> list[Object]:
        self.applied += manifests
        return []

    def delete(self, _: str, kind: str, name: str, namespace: str | None = None) -> None:
        self.deleted.append(f"{kind} {name}")
        self.objects.pop((kind, name), None)


def as_kube(fake: FakeKube) -> Kube:
    return cast(Kube, fake)


IMAGES = {
    "contour": Named("maidenhair.dev/contour:1"),
    "envoy": Named("maidenhair.dev/envoy:1"),
    "skytorch-operator-standin": Named("maidenhair.dev/skytorch-operator-standin:1"),
}

PROVISIONER = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gateways.gateway.networking.k8s.io}
spec: {group: gateway.networking.k8s.io}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: contourdeployments.projectcontour.io}
spec: {group: projectcontour.io}
---
apiVersion: v1
kind: Namespace
metadata: {name: projectcontour}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: contour-gateway-provisioner, namespace: projectcontour}
spec:
  template:
    spec:
      containers:
        - name: provisioner
          args: [gateway-provisioner, --enable-leader-election]
          image: registry.example/contour:1
          imagePullPolicy: Always
          resources: {requests: {cpu: 100m}}
---
"""

CRDS = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gateways.gateway.networking.k8s.io}
spec: {group: gateway.networking.k8s.io}
"""


@pytest.fixture
def tools(tmp_path: Path) -> dict[str, Folder]:
    crds, contour = tmp_path / "crds", tmp_path / "contour" / "render"
    crds.mkdir()
    contour.mkdir(parents=True)
    (crds / "gateways.yaml").write_text(CRDS)
    # kustomize knows a kustomization by its file's name; it needs no kind.
    (crds / "kustomization.yaml").write_text("resources: [gateways.yaml]\n")
    (contour / "contour-gateway-provisioner.yaml").write_text(PROVISIONER)
    return {"gateway-api-crds": Folder(crds), "contour-manifests": Folder(contour.parent)}


@pytest.fixture
def plan(tools: dict[str, Folder]) -> StackPlan:
    return plan_stack(SkyTorchSettings(), None, tools, IMAGES)


def test_plan_of_the_stand_in_uses_its_image_and_no_overlay(plan: StackPlan) -> None:
    assert plan.operator_image == "maidenhair.dev/skytorch-operator-standin:1"
    assert plan.operator.endswith("manifests/skytorch/stand-in")
    assert plan.overlay is None


def test_plan_of_an_upstream_operator_uses_what_the_user_gave(tools: dict[str, Folder]) -> None:
    settings = SkyTorchSettings(
        operator="upstream", operator_manifests="https://example.org/config/e2e"
    )
    plan = plan_stack(settings, None, tools, IMAGES, "operator:e2e")
    assert plan.operator == "https://example.org/config/e2e"
    assert plan.operator_image == "operator:e2e"
    assert plan.overlay is not None
    assert "skytorch-operator-standin" not in " ".join(plan.digests)


def test_plan_names_what_is_missing(tools: dict[str, Folder]) -> None:
    with pytest.raises(StackError, match="its image envoy was not built"):
        plan_stack(SkyTorchSettings(), None, tools, {"contour": IMAGES["contour"]})
    with pytest.raises(
        StackError, match="its component gateway-api-crds is missing; run `maidenhair setup` with"
    ):
        plan_stack(SkyTorchSettings(), None, {}, IMAGES)


def test_digest_of_a_plan_stays_while_nothing_changes(
    plan: StackPlan, tools: dict[str, Folder]
) -> None:
    assert plan_stack(SkyTorchSettings(), None, tools, IMAGES).digest() == plan.digest()


def test_digest_of_a_plan_changes_with_files_names_and_contents_of_images(plan: StackPlan) -> None:
    digests = {plan.digest()}
    digests.add(replace(plan, envoy_image="maidenhair.dev/envoy:2").digest())
    digests.add(replace(plan, digests={**plan.digests, "maidenhair.dev/envoy:1": "x"}).digest())
    digests.add(replace(plan, operator="https://example.org/other").digest())
    plan.provisioner.write_text(PROVISIONER + "\n")
    digests.add(plan.digest())
    (plan.gateway_api_crds / "more.yaml").write_text(CRDS)
    digests.add(plan.digest())
    assert len(digests) == 6


def test_provisioner_makes_pods_of_our_images_and_asks_for_little(plan: StackPlan) -> None:
    manifests = provisioner_manifests(plan.provisioner, "contour:ours", "envoy:ours")
    [deployment] = [each for each in manifests if each["kind"] == "Deployment"]
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "contour:ours"
    assert container["imagePullPolicy"] == "IfNotPresent"
    assert container["args"] == [
        "gateway-provisioner",
        "--enable-leader-election",
        "--contour-image=contour:ours",
        "--envoy-image=envoy:ours",
    ]
    assert container["resources"]["requests"]["cpu"] == "10m"


def test_provisioner_leaves_the_gateway_api_it_bundles_out(plan: StackPlan) -> None:
    names = [each["metadata"]["name"] for each in provisioner_manifests(plan.provisioner, "c", "e")]
    assert "contourdeployments.projectcontour.io" in names
    assert "gateways.gateway.networking.k8s.io" not in names


def test_provisioner_without_its_deployment_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.yaml"
    file.write_text("{apiVersion: apps/v1, kind: Deployment, metadata: {name: other}}")
    expected = (
        r"other\.yaml has no Deployment contour-gateway-provisioner; its Deployments: .*other"
    )
    with pytest.raises(StackError, match=expected):
        provisioner_manifests(file, "contour", "envoy")


def test_gateway_api_is_its_definitions_only(plan: StackPlan, tmp_path: Path) -> None:
    [definition] = gateway_api_manifests(plan.gateway_api_crds)
    assert definition["kind"] == "CustomResourceDefinition"
    with pytest.raises(StackError, match="has no CustomResourceDefinition"):
        gateway_api_manifests(tmp_path)


@pytest.mark.parametrize("text", [None, "a: [unclosed"])
def test_unreadable_manifests_are_refused(text: str | None, tmp_path: Path) -> None:
    file = tmp_path / "manifests.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(StackError, match=r"(?s)cannot read manifests .*manifests\.yaml"):
        provisioner_manifests(file, "contour", "envoy")


def test_operator_is_kustomized_with_the_plans_image(plan: StackPlan) -> None:
    fake = FakeKube(kustomized=[_deployment("skytorch-operator")])
    assert operator_manifests(as_kube(fake), plan) == fake.kustomized
    [kustomization] = fake.kustomizations
    patch, annotation = kustomization["patches"]
    assert patch["target"] == {"kind": "Deployment", "name": "skytorch-operator"}
    image, pull = yaml.safe_load(patch["patch"])
    assert image["value"] == plan.operator_image
    assert (pull["path"].rpartition("/")[2], pull["value"]) == ("imagePullPolicy", "IfNotPresent")
    template = yaml.safe_load(annotation["patch"])["spec"]["template"]
    assert template["metadata"]["annotations"] == {"maidenhair.dev/image": "sha256:1"}
    # kustomize refuses absolute paths.
    [resource] = kustomization["resources"]
    assert not Path(resource).is_absolute()


def test_upstream_operator_is_kustomized_from_its_url_with_the_overlay(plan: StackPlan) -> None:
    fake = FakeKube(kustomized=[_deployment("skytorch-operator")])
    upstream = replace(
        plan,
        operator="https://example.org/e2e",
        overlay=plan.base,
        operator_image=None,
        operator_digest=None,
    )
    operator_manifests(as_kube(fake), upstream)
    [kustomization] = fake.kustomizations
    assert kustomization["resources"] == ["https://example.org/e2e"]
    assert len(kustomization["components"]) == 1
    assert "patches" not in kustomization


def test_operator_manifests_without_the_operator_are_refused(plan: StackPlan) -> None:
    fake = FakeKube(kustomized=[_deployment("another")])
    expected = "has no Deployment skytorch-system/skytorch-operator.*skytorch-system/another"
    with pytest.raises(StackError, match=expected):
        operator_manifests(as_kube(fake), plan)


def test_namespaces_and_kinds_come_before_what_needs_them() -> None:
    infrastructure = [_object("Deployment", "contour"), _object("CustomResourceDefinition", "a")]
    operator = [_object("Deployment", "operator"), _object("Namespace", "skytorch-system")]
    stages = in_stages(infrastructure, [_object("Gateway", "ours")], operator, [])
    assert _names(stages.first) == ["a", "skytorch-system"]
    assert [_names(group) for group in stages.then] == [["contour"], ["ours"], ["operator"]]
    assert stages.namespace()["metadata"]["name"] == "skytorch-system"


def test_our_gateway_wins_over_that_of_the_operator_in_any_version() -> None:
    ours, theirs = _object("Gateway", "g", "x/v1"), _object("Gateway", "g", "x/v1beta1")
    stages = in_stages([], [ours], [theirs, _object("Gateway", "other", "x/v1beta1")], [])
    assert stages.then == ((), (ours,), (_object("Gateway", "other", "x/v1beta1"),))


def test_objects_that_the_stack_brings_are_left_out_of_the_operators_in_any_namespace() -> None:
    provisioner = _object("Deployment", "contour-gateway-provisioner", "apps/v1")
    stamped = {
        **provisioner,
        "metadata": {"name": "contour-gateway-provisioner", "namespace": "skytorch-system"},
    }
    gateway_class = _object("GatewayClass", "contour", "x/v1")
    with_namespace = {
        **gateway_class,
        "metadata": {"name": "contour", "namespace": "skytorch-system"},
    }
    own = _object("Deployment", "skytorch-operator", "apps/v1")
    stages = in_stages([provisioner], [gateway_class], [stamped, with_namespace, own], [])
    assert stages.then == ((provisioner,), (gateway_class,), (own,))
    assert stages.replaced == (stamped, with_namespace)


def test_the_operators_compute_api_wins_over_ours() -> None:
    definition = _object("CustomResourceDefinition", "computes.compute.skytorch.dev")
    theirs, ours = {**definition, "spec": "theirs"}, {**definition, "spec": "ours"}
    namespace = _object("Namespace", "skytorch-system")
    stages = in_stages([], [], [theirs], [ours, namespace])
    assert stages.first == (theirs, namespace)


def test_a_stack_without_its_namespace_is_refused() -> None:
    with pytest.raises(StackError, match="have no Namespace skytorch-system"):
        in_stages([], [], [], []).namespace()


@pytest.mark.parametrize(
    ("provider", "exposure", "service"),
    [
        (None, "load-balancer", "LoadBalancerService"),
        ("embedded", "load-balancer", "LoadBalancerService"),
        ("kind", "node-port", "NodePortService"),
    ],
)
def test_the_provider_decides_how_the_gateway_is_exposed(
    provider: str | None, exposure: str, service: str, tools: dict[str, Folder]
) -> None:
    plan = plan_stack(SkyTorchSettings(), provider, tools, IMAGES)
    assert plan.gateway.name == exposure
    assert plan.gateway_has_address == (exposure == "load-balancer")
    [patch] = _manifest(plan.gateway / "kustomization.yaml")["patches"]
    [operation] = yaml.safe_load(patch["patch"])
    assert operation["path"] == "/spec/envoy/networkPublishing/type"
    assert operation["value"] == service


def test_digest_of_a_plan_changes_with_the_gateways_exposure(tools: dict[str, Folder]) -> None:
    plans = [plan_stack(SkyTorchSettings(), each, tools, IMAGES) for each in ("embedded", "kind")]
    assert plans[0].digest() != plans[1].digest()


def test_gateway_serves_every_namespace_on_skytorchs_port() -> None:
    folder = ROOT / "manifests" / "gateway" / "base"
    names = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
    found = {each["kind"]: each for each in (_manifest(folder / name) for name in names)}
    [listener] = found["Gateway"]["spec"]["listeners"]
    assert (listener["port"], listener["protocol"]) == (50051, "HTTP")
    assert listener["allowedRoutes"]["namespaces"]["from"] == "All"
    parameters = found["GatewayClass"]["spec"]["parametersRef"]
    deployment = found["ContourDeployment"]
    metadata = deployment["metadata"]
    assert parameters["name"] == metadata["name"]
    assert parameters["namespace"] == metadata["namespace"]
    # Silent streams of long operations stay open.
    timeouts = deployment["spec"]["runtimeSettings"]["envoy"]["timeouts"]
    assert timeouts["streamIdleTimeout"] == timeouts["connectionIdleTimeout"] == "infinity"


def test_stack_is_deployed_when_marked_by_this_plan_and_available(plan: StackPlan) -> None:
    assert is_deployed(as_kube(_deployed(plan)), plan)


def test_stack_of_another_plan_is_not_deployed(plan: StackPlan) -> None:
    fake = _deployed(plan)
    assert not is_deployed(as_kube(fake), replace(plan, operator_image="operator:2"))
    assert not is_deployed(as_kube(FakeKube()), plan)


def test_a_base_outside_of_the_operators_folder_changes_what_is_deployed(plan: StackPlan) -> None:
    plan = replace(plan, overlay=plan.base)
    fake = _deployed(plan)
    assert is_deployed(as_kube(fake), plan)
    changed = _deployment("skytorch-operator")
    changed["spec"]["replicas"] = 2
    fake.kustomized = [changed]
    assert not is_deployed(as_kube(fake), plan)


def test_a_real_operator_that_is_deployed_stays(
    plan: StackPlan, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploy_module, "_wait_for", lambda *_: None)
    fake = _deployed(plan)
    annotations = {UPSTREAM_ANNOTATION: "https://example.org/e2e"}
    fake.objects["Namespace", "skytorch-system"]["metadata"]["annotations"] = annotations
    deploy(as_kube(fake), plan, Progress())
    assert fake.applied == []
    expected = "keeps the real SkyTorch operator (https://example.org/e2e)"
    assert expected in capsys.readouterr().err


def test_objects_that_only_the_stack_before_had_are_deleted(
    plan: StackPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = _deployed(plan)
    kube = as_kube(fake)
    namespace = _object("Namespace", "skytorch-system")
    old = Stages((namespace,), ((_object("ClusterRole", "theirs"), _object("ConfigMap", "both")),))
    new = Stages((namespace,), ((_object("ConfigMap", "both"),),))
    monkeypatch.setattr(deploy_module, "_wait_for", lambda *_: None)
    for stages in (old, new):
        monkeypatch.setattr(deploy_module, "stages_of", lambda kube, plan, stages=stages: stages)
        fake.objects["Namespace", "skytorch-system"]["metadata"].pop("annotations", None)
        deploy(kube, plan, Progress())
    assert fake.deleted == ["ClusterRole theirs"]
    assert _names(recorded(kube)) == ["both", "skytorch-system"]


@pytest.mark.parametrize(
    ("field", "value"), [("parametersRef", {"name": "other"}), ("parametersRef", None)]
)
def test_a_class_with_other_parameters_is_not_ready(field: str, value: Any) -> None:
    found = _gateway_class()
    assert has_our_parameters().matches(found)
    found["spec"][field] = value
    assert not has_our_parameters().matches(found)


@pytest.mark.parametrize("part", [part.name for part in parts()])
def test_stack_with_a_part_missing_is_not_deployed(part: str, plan: StackPlan) -> None:
    fake = _deployed(plan)
    fake.objects = {key: each for key, each in fake.objects.items() if key[1] != part}
    assert not is_deployed(as_kube(fake), plan)


def test_a_deployed_stack_is_not_applied_again(plan: StackPlan) -> None:
    fake = _deployed(plan)
    deploy(as_kube(fake), plan, Progress())
    assert fake.applied == []


@pytest.mark.parametrize(
    ("changed", "seen"),
    [
        ({"availableReplicas": 0}, "0/1 pods were available, 1 of its current version"),
        ({"updatedReplicas": 0}, "1/1 pods were available, 0 of its current version"),
        ({"observedGeneration": 1}, "1/1 pods were available"),
        ({"replicas": 2}, "1/1 pods were available"),
    ],
)
def test_a_deployment_is_rolled_out_when_all_its_pods_are_new_and_available(
    changed: dict[str, int], seen: str
) -> None:
    deployment = _deployment("a")
    assert is_rolled_out().matches(deployment)
    deployment["status"].update(changed)
    assert not is_rolled_out().matches(deployment)
    mismatch = StringDescription()
    is_rolled_out().describe_mismatch(deployment, mismatch)
    assert str(mismatch).startswith(seen)


def test_a_deployment_that_was_left_without_pods_is_not_rolled_out() -> None:
    deployment = _deployment("a")
    deployment["spec"]["replicas"] = 0
    counts = ("replicas", "updatedReplicas", "availableReplicas")
    deployment["status"].update(dict.fromkeys(counts, 0))

    assert not is_rolled_out().matches(deployment)


def test_a_gateway_without_address_tells_its_conditions() -> None:
    gateway = _gateway()
    assert has_address().matches(gateway)
    del gateway["status"]["addresses"]
    assert not has_address().matches(gateway)
    assert is_programmed().matches(gateway)
    mismatch = StringDescription()
    has_address().describe_mismatch(gateway, mismatch)
    assert str(mismatch) == (
        "Gateway skytorch-system/skytorch-gateway had the addresses [] "
        "and the conditions [Programmed True (is programmed)]"
    )


def test_a_condition_of_an_older_gateway_does_not_count() -> None:
    gateway = _gateway()
    gateway["metadata"]["generation"] = 2
    gateway["status"]["conditions"][0]["observedGeneration"] = 1
    assert not is_programmed().matches(gateway)
    gateway["status"]["conditions"][0]["observedGeneration"] = 2
    assert is_programmed().matches(gateway)


def test_a_gateway_that_is_not_programmed_is_not_ready() -> None:
    gateway = _gateway()
    gateway["status"]["conditions"][0]["status"] = "False"
    for ready in (has_address(), is_programmed()):
        assert not ready.matches(gateway)
        assert not ready.matches(None)


def _deployed(plan: StackPlan) -> FakeKube:
    digest = _digest(as_kube(FakeKube()), plan)
    metadata = {"name": "skytorch-system", "annotations": {DIGEST_ANNOTATION: digest}}
    objects: dict[tuple[str, str], Object] = {
        ("Namespace", "skytorch-system"): {"metadata": metadata}
    }
    for part in parts():
        others = {"Gateway": _gateway(), "GatewayClass": _gateway_class()}
        objects[part.kind, part.name] = others.get(part.kind) or _deployment(part.name)
    return FakeKube(objects)


def _gateway_class() -> Object:
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "GatewayClass",
        "metadata": {"name": "contour"},
        "spec": {"parametersRef": {**PARAMETERS, "namespace": "projectcontour"}},
        "status": {"conditions": [{"type": "Accepted", "status": "True"}]},
    }


def _object(kind: str, name: str, api_version: str = "v1") -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}}


def _names(manifests: Iterable[Object]) -> list[str]:
    return [each["metadata"]["name"] for each in manifests]


def _manifest(file: Path) -> Object:
    loaded: Object = yaml.safe_load(file.read_text())
    return loaded


def _deployment(name: str) -> Object:
    counts = {"replicas": 1, "updatedReplicas": 1, "availableReplicas": 1, "observedGeneration": 2}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "skytorch-system", "generation": 2},
        "spec": {"replicas": 1},
        "status": counts,
    }


def _gateway() -> Object:
    conditions = [{"type": "Programmed", "status": "True", "message": "is programmed"}]
    addresses = [{"type": "IPAddress", "value": "10.0.0.1"}]
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "skytorch-gateway", "namespace": "skytorch-system"},
        "status": {"conditions": conditions, "addresses": addresses},
    }
