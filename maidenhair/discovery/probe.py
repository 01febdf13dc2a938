"""Asks a cluster's API what there is; what the account may not see is noted, not raised."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from maidenhair.discovery.devices import device_resources
from maidenhair.discovery.findings import (
    Findings,
    GatewayFound,
    HamiFound,
    NodeFound,
    OperatorFound,
    StorageFound,
)
from maidenhair.errors import ApiRefused
from maidenhair.kube import Kube, Object
from maidenhair.kube.objects import condition
from maidenhair.kube.rbac.access_review import Access
from maidenhair.systems.skytorch.api.compute import API_VERSION, KIND
from maidenhair.systems.skytorch.sdk.release import sdk_release
from maidenhair.systems.skytorch.stack.manifests import NAMESPACE, OPERATOR
from maidenhair.systems.skytorch.stack.state import GATEWAY

T = TypeVar("T")

GATEWAY_API = "gateway.networking.k8s.io/v1"
DRA_GROUP = "resource.k8s.io"
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
HAMI_WEBHOOK = "hami.io"
HAMI_REGISTER = re.compile(r"hami\.io/node-(?P<vendor>.+)-register")
LOOKS_AT_ONCE = 8
REPELLING = ("NoSchedule", "NoExecute")


def look(kube: Kube, access: Access, helm: str | None = None) -> Findings:
    """Return what is found out about a cluster.

    Args:
        kube: its API.
        access: what the account may do.
        helm: the helm of this machine.

    Raises:
        KubernetesError: the API did not answer, or refused for another reason than rights.
    """
    unseen: dict[str, str] = {}

    def seen(what: str, ask: Callable[[Kube], T], otherwise: T) -> T:
        try:
            return ask(kube)
        except ApiRefused as refused:
            if refused.status == 403:
                unseen[what] = refused.message
            # 404: the kind is not served, so there is none.
            elif refused.status != 404:
                raise
            return otherwise

    with ThreadPoolExecutor(LOOKS_AT_ONCE) as pool:
        version = pool.submit(kube.discovery.version)
        nodes = pool.submit(seen, "nodes", _nodes, ())
        gateway = pool.submit(seen, "the Gateway", _gateway, None)
        operator = pool.submit(seen, "the operator", _operator, None)
        computes = pool.submit(kube.discovery.versions_of, API_VERSION.partition("/")[0])
        fields = pool.submit(kube.discovery.fields_of, API_VERSION, KIND, "spec")
        dra = pool.submit(kube.discovery.versions_of, DRA_GROUP)
        classes = pool.submit(seen, "DeviceClasses", _device_classes, ())
        hami = pool.submit(seen, "HAMi", _hami, None)
        storage = pool.submit(seen, "StorageClasses", _storage, None)
    return Findings(
        server=kube.discovery.server,
        version=version.result(),
        user=access.user,
        nodes=nodes.result(),
        gateway=gateway.result(),
        operator=operator.result(),
        compute_versions=computes.result(),
        compute_fields=fields.result(),
        dra_versions=dra.result(),
        device_classes=classes.result(),
        hami=hami.result(),
        storage=storage.result(),
        helm=helm,
        missing=tuple(f"{right}, to {right.purpose}" for right in access.missing),
        unseen=unseen,
        no_accounts=tuple(str(right) for right in access.lacking["accounts"]),
        no_simulated=tuple(str(right) for right in access.lacking["simulated-nodes"]),
        sdk=sdk_release(),
    )


def _nodes(kube: Kube) -> tuple[NodeFound, ...]:
    return tuple(_node(each) for each in kube.list("v1", "Node"))


def _node(node: Object) -> NodeFound:
    status, spec = node.get("status") or {}, node.get("spec") or {}
    info = status.get("nodeInfo") or {}
    ready = condition(node, "Ready")
    taints = [each.get("effect") for each in spec.get("taints") or []]
    runtime = info.get("containerRuntimeVersion", "")
    cordoned = spec.get("unschedulable") or any(effect in REPELLING for effect in taints)
    annotations: Mapping[str, str] = node["metadata"].get("annotations") or {}
    registers = [
        found["vendor"]
        for key, value in annotations.items()
        if value and (found := HAMI_REGISTER.fullmatch(key))
    ]
    return NodeFound(
        name=node["metadata"]["name"],
        ready=ready is not None and ready["status"] == "True",
        takes_pods=bool(runtime) and not cordoned,
        kubelet=info.get("kubeletVersion", ""),
        runtime=runtime,
        devices=device_resources(status.get("allocatable") or {}),
        hami=tuple(sorted(registers)),
    )


def _gateway(kube: Kube) -> GatewayFound | None:
    gateway = kube.get(GATEWAY_API, "Gateway", GATEWAY, NAMESPACE)
    if gateway is None:
        return None
    gateway_class = gateway["spec"]["gatewayClassName"]
    programmed = condition(gateway, "Programmed") or {}
    told = programmed.get("message") or programmed.get("reason") or "nothing acts on it"
    is_programmed = programmed.get("status") == "True"
    addresses = (gateway.get("status") or {}).get("addresses") or []
    return GatewayFound(
        name=f"{NAMESPACE}/{GATEWAY}",
        gateway_class=gateway_class,
        controller=_controller(kube, gateway_class),
        programmed=is_programmed,
        told="" if is_programmed else told,
        addresses=tuple(each["value"] for each in addresses),
    )


def _controller(kube: Kube, gateway_class: str) -> str:
    try:
        found = kube.get(GATEWAY_API, "GatewayClass", gateway_class)
    except ApiRefused:
        # The Gateway itself tells whether something acts on its class.
        return ""
    return str(found["spec"]["controllerName"]) if found else ""


def _operator(kube: Kube) -> OperatorFound | None:
    deployment = kube.get("apps/v1", "Deployment", OPERATOR, NAMESPACE)
    if deployment is None:
        return None
    containers: list[dict[str, Any]] = deployment["spec"]["template"]["spec"]["containers"]
    return OperatorFound(
        name=f"{NAMESPACE}/{OPERATOR}",
        image=containers[0]["image"],
        available=(deployment.get("status") or {}).get("availableReplicas", 0),
        wanted=deployment["spec"].get("replicas", 1),
    )


def _device_classes(kube: Kube) -> tuple[str, ...]:
    versions = kube.discovery.versions_of(DRA_GROUP)
    if not versions:
        return ()
    found = kube.list(f"{DRA_GROUP}/{versions[0]}", "DeviceClass")
    return tuple(sorted(each["metadata"]["name"] for each in found))


def _hami(kube: Kube) -> HamiFound | None:
    kind = ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration")
    for configuration in kube.list(*kind):
        for webhook in configuration.get("webhooks") or []:
            if webhook["name"].endswith(HAMI_WEBHOOK):
                client = webhook["clientConfig"]
                service = client.get("service") or {}
                served_by = f"{service.get('namespace')}/{service.get('name')}"
                name = f"{configuration['metadata']['name']} ({webhook['name']})"
                return HamiFound(name, client.get("url") or served_by)
    return None


def _storage(kube: Kube) -> StorageFound | None:
    for each in kube.list("storage.k8s.io/v1", "StorageClass"):
        if (each["metadata"].get("annotations") or {}).get(DEFAULT_CLASS) == "true":
            return StorageFound(each["metadata"]["name"], each["provisioner"])
    return None
