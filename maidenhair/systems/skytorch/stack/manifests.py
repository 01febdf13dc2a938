"""The manifests of a SkyTorch stack, from the files that a plan names."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from maidenhair.errors import StackError
from maidenhair.kube import Kube, Object
from maidenhair.systems.skytorch.stack.plan import StackPlan

NAMESPACE = "skytorch-system"
OPERATOR = "skytorch-operator"
PROVISIONER = "contour-gateway-provisioner"
# Of the Gateway API: the groups of its CustomResourceDefinitions.
GATEWAY_GROUPS = ("gateway.networking.k8s.io", "gateway.networking.x-k8s.io")
# The provisioner is idle but for the moment in which it makes a Gateway's pods.
PROVISIONER_REQUESTS = {"cpu": "10m", "memory": "32Mi"}
FOLDERS_AT_ONCE = 3

# Namespaces hold other objects, and kinds must be served before there are objects of them.
FIRST_KINDS = ("Namespace", "CustomResourceDefinition")

Identity = tuple[str, str, str, str]


@dataclass(frozen=True)
class Stages:
    """The manifests of a stack in the order in which they are applied.

    Attributes:
        first: what must be there before the rest.
        then: groups that do not depend on each other.
    """

    first: tuple[Object, ...]
    then: tuple[tuple[Object, ...], ...]

    def namespace(self) -> Object:
        """Return the manifest of the stack's namespace.

        Raises:
            StackError: there is none.
        """
        for each in self.first:
            if identity(each) == ("", "Namespace", "", NAMESPACE):
                return each
        raise StackError(f"the stack's manifests have no Namespace {NAMESPACE}")


def stages_of(kube: Kube, plan: StackPlan) -> Stages:
    """Return all manifests of a plan in the order in which they are applied.

    Raises:
        ConfigurationError: kustomize refused a folder or URL.
        StackError: a file could not be read, or lacks what it should have.
    """
    with ThreadPoolExecutor(FOLDERS_AT_ONCE) as pool:
        # The folders need a process each, and the big files this one: they are read side by side.
        rendered = [
            pool.submit(operator_manifests, kube, plan),
            pool.submit(kube.kustomize, plan.base),
            pool.submit(kube.kustomize, plan.gateway),
        ]
        definitions = gateway_api_manifests(plan.gateway_api_crds)
        contour = provisioner_manifests(plan.provisioner, plan.contour_image, plan.envoy_image)
        operator, base, gateway = [each.result() for each in rendered]
        return in_stages([*definitions, *contour], gateway, operator, base)


def gateway_api_manifests(folder: Path) -> list[Object]:
    """Return the Gateway API's CustomResourceDefinitions of a folder.

    Raises:
        StackError: the folder has none, or a file could not be read.
    """
    found = [each for path in sorted(folder.glob("*.yaml")) for each in _load(path)]
    definitions = [each for each in found if each.get("kind") == "CustomResourceDefinition"]
    if not definitions:
        raise StackError(f"{folder} has no CustomResourceDefinition of the Gateway API")
    return definitions


def provisioner_manifests(file: Path, contour_image: str, envoy_image: str) -> list[Object]:
    """Return the manifests of Contour's gateway provisioner, which makes pods of these images.

    The CustomResourceDefinitions of the Gateway API that the file bundles are left out.

    Raises:
        StackError: the file could not be read, or has no Deployment of the provisioner.
    """
    manifests = [each for each in _load(file) if not _is_of_gateway_api(each)]
    deployment = _deployment(manifests, PROVISIONER, str(file))
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    container["image"] = contour_image
    container["imagePullPolicy"] = "IfNotPresent"
    container["resources"] = {"requests": dict(PROVISIONER_REQUESTS)}
    container["args"] += [f"--contour-image={contour_image}", f"--envoy-image={envoy_image}"]
    return manifests


def operator_manifests(kube: Kube, plan: StackPlan) -> list[Object]:
    """Return the manifests of the SkyTorch operator, with the plan's image.

    Raises:
        ConfigurationError: kustomize refused them.
        StackError: they have no Deployment `skytorch-operator` in `skytorch-system`.
    """
    with tempfile.TemporaryDirectory(prefix="maidenhair-operator-") as folder:
        kustomization = _operator_kustomization(plan, Path(folder).resolve())
        Path(folder, "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
        manifests = kube.kustomize(Path(folder))
    _deployment(
        manifests, OPERATOR, f"MAIDENHAIR_SKYTORCH_OPERATOR_MANIFESTS={plan.operator}", NAMESPACE
    )
    return manifests


def in_stages(
    infrastructure: Iterable[Object],
    gateway: Iterable[Object],
    operator: Iterable[Object],
    base: Iterable[Object],
) -> Stages:
    """Return the order in which the manifests of a stack are applied; each object comes once.

    Args:
        infrastructure: the Gateway API's definitions and Contour's provisioner.
        gateway: what that provisioner acts on; it wins over what the operator's manifests bring, as
            Computes have an address only with this Gateway.
        operator: the operator, maybe with a Compute API of its own, which wins over that of `base`.
        base: what the operator needs.
    """
    infrastructure, gateway = list(infrastructure), list(gateway)
    operator = _without(operator, [*infrastructure, *gateway])
    everything = [*infrastructure, *operator, *_without(base, operator)]
    return Stages(
        tuple(each for each in everything if each["kind"] in FIRST_KINDS),
        (_rest(infrastructure), tuple(gateway), _rest(operator)),
    )


def identity(manifest: Mapping[str, Any]) -> Identity:
    """Return what tells an object from others, in any version: group, kind, namespace, name."""
    group = manifest["apiVersion"].rpartition("/")[0]
    metadata = manifest["metadata"]
    return group, manifest["kind"], metadata.get("namespace", ""), metadata["name"]


def _without(manifests: Iterable[Object], others: Iterable[Object]) -> list[Object]:
    taken = {identity(each) for each in others}
    return [each for each in manifests if identity(each) not in taken]


def _rest(manifests: Iterable[Object]) -> tuple[Object, ...]:
    return tuple(each for each in manifests if each["kind"] not in FIRST_KINDS)


def _operator_kustomization(plan: StackPlan, folder: Path) -> dict[str, Any]:
    local = Path(plan.operator).resolve()
    # kustomize takes URLs and relative paths only.
    resource = os.path.relpath(local, folder) if local.is_dir() else plan.operator
    kustomization: dict[str, Any] = {"resources": [resource]}
    if plan.overlay is not None:
        kustomization["components"] = [os.path.relpath(plan.overlay.resolve(), folder)]
    if plan.operator_image is not None:
        container = "/spec/template/spec/containers/0"
        operations = [
            {"op": "replace", "path": f"{container}/image", "value": plan.operator_image},
            # The nodes have it: its manifests may want it pulled.
            {"op": "add", "path": f"{container}/imagePullPolicy", "value": "IfNotPresent"},
        ]
        target = {"kind": "Deployment", "name": OPERATOR}
        kustomization["patches"] = [{"target": target, "patch": yaml.safe_dump(operations)}]
    return kustomization


def _deployment(
    manifests: Iterable[Object], name: str, source: str, namespace: str | None = None
) -> Object:
    deployments = [each for each in manifests if each["kind"] == "Deployment"]
    for each in deployments:
        metadata = each["metadata"]
        if metadata["name"] == name and namespace in (None, metadata.get("namespace")):
            return each
    wanted = f"{namespace}/{name}" if namespace else name
    seen = ", ".join("/".join(identity(each)[2:]) for each in deployments) or "none"
    raise StackError(f"{source} has no Deployment {wanted}; its Deployments: {seen}")


def _is_of_gateway_api(manifest: Object) -> bool:
    if manifest["kind"] != "CustomResourceDefinition":
        return False
    return manifest["spec"]["group"] in GATEWAY_GROUPS


def _load(file: Path) -> list[Object]:
    # The loader in C, where PyYAML has it, takes a tenth of the time for megabytes of definitions.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        with file.open("rb") as text:
            return [each for each in yaml.load_all(text, Loader=loader) if each]
    except (OSError, yaml.YAMLError) as error:
        raise StackError(f"cannot read manifests of the SkyTorch stack: {error}") from error
