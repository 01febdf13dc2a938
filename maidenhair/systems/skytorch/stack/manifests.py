"""The manifests of a SkyTorch stack, from the files of a plan."""

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
from maidenhair.kube.objects import display_name
from maidenhair.systems.skytorch.stack.plan import StackPlan

NAMESPACE = "skytorch-system"
OPERATOR = "skytorch-operator"
PROVISIONER = "contour-gateway-provisioner"
# The API groups of the Gateway API's CustomResourceDefinitions.
GATEWAY_GROUPS = ("gateway.networking.k8s.io", "gateway.networking.x-k8s.io")
# The provisioner is idle except while it creates a Gateway's pods.
PROVISIONER_REQUESTS = {"cpu": "10m", "memory": "32Mi"}
FOLDERS_AT_ONCE = 3
IMAGE_ANNOTATION = "maidenhair.dev/image"
"""The annotation of the operator's pods with a digest of their image."""

# The other objects need their namespaces and kinds.
FIRST_KINDS = ("Namespace", "CustomResourceDefinition")

Identity = tuple[str, str, str]


@dataclass(frozen=True)
class Stages:
    """The manifests of a stack, in the order of their application.

    Attributes:
        first: the manifests of FIRST_KINDS, which the others need.
        then: groups of manifests that can be applied in parallel.
        replaced: manifests of the operator that are left out, because the stack has its own objects of these kinds and
            names.
    """

    first: tuple[Object, ...]
    then: tuple[tuple[Object, ...], ...]
    replaced: tuple[Object, ...] = ()

    def namespace(self) -> Object:
        """Return the manifest of the stack's namespace.

        Raises:
            StackError: the manifests have no such namespace.
        """
        for each in self.first:
            if identity(each) == ("", "Namespace", NAMESPACE):
                return each
        raise StackError(
            f"the manifests of the SkyTorch stack have no Namespace {NAMESPACE}; add it to the operator's manifests"
        )


def stages_of(kube: Kube, plan: StackPlan) -> Stages:
    """Return all manifests of a plan, in the order of their application.

    Raises:
        ConfigurationError: kustomize refused a folder or URL.
        StackError: a file could not be read, or lacks a required object.
    """
    with ThreadPoolExecutor(FOLDERS_AT_ONCE) as pool:
        # kustomize runs in processes, so this process can read the large files meanwhile.
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
    """Return the Gateway API's CustomResourceDefinitions in a folder.

    Raises:
        StackError: the folder contains none, or a file could not be read.
    """
    found = [each for path in sorted(folder.glob("*.yaml")) for each in _load(path)]
    definitions = [each for each in found if each.get("kind") == "CustomResourceDefinition"]
    if not definitions:
        raise StackError(
            f"{folder} has no CustomResourceDefinition of the Gateway API; "
            "delete that folder, then `maidenhair setup` creates it again"
        )
    return definitions


def provisioner_manifests(file: Path, contour_image: str, envoy_image: str) -> list[Object]:
    """Return the manifests of Contour's gateway provisioner, without the bundled definitions of the Gateway API.

    Args:
        file: the file with the manifests.
        contour_image: the name of Contour's image, for the provisioner and the pods that it creates.
        envoy_image: the name of Envoy's image, for the pods that it creates.

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
        StackError: the manifests have no Deployment `skytorch-operator` in `skytorch-system`.
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
    """Return the manifests of a stack in the order of their application, each object once.

    Args:
        infrastructure: the Gateway API's definitions and Contour's provisioner.
        gateway: the Gateway and its class. Computes have an address only with this Gateway.
        operator: the operator. Objects of the same kind and name as one of `infrastructure` or `gateway` are left out,
            in whatever namespace: a kustomization can write its namespace even on objects that belong to none. If its
            manifests include a Compute API, that replaces the one of `base`.
        base: the objects that the operator needs.
    """
    infrastructure, gateway = list(infrastructure), list(gateway)
    brought = list(operator)
    operator = without(brought, [*infrastructure, *gateway], across_namespaces=True)
    rest_of_base = without(base, operator, across_namespaces=True)
    everything = [*infrastructure, *operator, *rest_of_base]
    return Stages(
        tuple(each for each in everything if each["kind"] in FIRST_KINDS),
        (_rest(infrastructure), tuple(gateway), _rest(operator)),
        tuple(without(brought, operator, across_namespaces=True)),
    )


def identity(manifest: Mapping[str, Any]) -> Identity:
    """Return the identity of an object, whatever its version and namespace: group, kind, name."""
    group = manifest["apiVersion"].rpartition("/")[0]
    return group, manifest["kind"], manifest["metadata"]["name"]


def without(
    manifests: Iterable[Object],
    others: Iterable[Mapping[str, Any]],
    *,
    across_namespaces: bool = False,
) -> list[Object]:
    """Return the manifests of the objects that are not among the others, in whatever version of their API.

    Args:
        manifests: the manifests.
        others: the manifests of the other objects.
        across_namespaces: whether objects of one kind and name in different namespaces count as the same object.
    """

    def key(manifest: Mapping[str, Any]) -> tuple[str, ...]:
        namespace = "" if across_namespaces else manifest["metadata"].get("namespace") or ""
        return *identity(manifest), namespace

    taken = {key(each) for each in others}
    return [each for each in manifests if key(each) not in taken]


def _rest(manifests: Iterable[Object]) -> tuple[Object, ...]:
    return tuple(each for each in manifests if each["kind"] not in FIRST_KINDS)


def _operator_kustomization(plan: StackPlan, folder: Path) -> dict[str, Any]:
    local = Path(plan.operator).resolve()
    # kustomize accepts only URLs and relative paths.
    resource = os.path.relpath(local, folder) if local.is_dir() else plan.operator
    kustomization: dict[str, Any] = {"resources": [resource]}
    if plan.overlay is not None:
        kustomization["components"] = [os.path.relpath(plan.overlay.resolve(), folder)]
    patches: list[dict[str, Any]] = []
    target = {"kind": "Deployment", "name": OPERATOR}
    if plan.operator_image is not None:
        container = "/spec/template/spec/containers/0"
        operations = [
            {"op": "replace", "path": f"{container}/image", "value": plan.operator_image},
            # The nodes have the image already, but the manifests may request a pull.
            {"op": "add", "path": f"{container}/imagePullPolicy", "value": "IfNotPresent"},
        ]
        patches.append({"target": target, "patch": yaml.safe_dump(operations)})
    if plan.operator_digest is not None:
        annotated = {"metadata": {"annotations": {IMAGE_ANNOTATION: plan.operator_digest}}}
        patch = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": OPERATOR},
            "spec": {"template": annotated},
        }
        patches.append({"target": target, "patch": yaml.safe_dump(patch)})
    return kustomization | ({"patches": patches} if patches else {})


def _deployment(
    manifests: Iterable[Object], name: str, source: str, namespace: str | None = None
) -> Object:
    deployments = [each for each in manifests if each["kind"] == "Deployment"]
    for each in deployments:
        metadata = each["metadata"]
        if metadata["name"] == name and namespace in (None, metadata.get("namespace")):
            return each
    wanted = f"{namespace}/{name}" if namespace else name
    seen = ", ".join(map(display_name, deployments)) or "none"
    raise StackError(
        f"{source} has no Deployment {wanted}; its Deployments: {seen}; check that setting or file"
    )


def _is_of_gateway_api(manifest: Object) -> bool:
    if manifest["kind"] != "CustomResourceDefinition":
        return False
    return manifest["spec"]["group"] in GATEWAY_GROUPS


def _load(file: Path) -> list[Object]:
    # PyYAML's C loader, where it is installed, takes a tenth of the time for megabytes of definitions.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        with file.open("rb") as text:
            return [each for each in yaml.load_all(text, Loader=loader) if each]
    except (OSError, yaml.YAMLError) as error:
        raise StackError(
            f"cannot read manifests of the SkyTorch stack in {file}: {error}"
        ) from error
