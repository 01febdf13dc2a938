"""What a SkyTorch stack is made of, and a digest that tells one stack from another."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from maidenhair._util.data import data_folder
from maidenhair.errors import StackError
from maidenhair.systems.skytorch.settings import SkyTorchSettings

PROVISIONER_FILE = Path("render", "contour-gateway-provisioner.yaml")
STANDIN_IMAGE = "skytorch-operator-standin"
LOAD_BALANCER, NODE_PORT = "load-balancer", "node-port"
EXPOSURES = {"kind": NODE_PORT}
"""How the Gateway is reached from outside, by provider; the folders of manifests/gateway. All others: LOAD_BALANCER."""
T = TypeVar("T")


class NamedImage(Protocol):
    """An image that nodes have: the name that pods use, and the digest of its content."""

    @property
    def name(self) -> str:
        """The name that pods use."""

    @property
    def digest(self) -> str:
        """The digest of the content, "sha256:…"."""


class Located(Protocol):
    """A component that lies in a folder."""

    @property
    def path(self) -> Path:
        """The folder."""


@dataclass(frozen=True)
class StackPlan:
    """What a SkyTorch stack is made of.

    Attributes:
        gateway_api_crds: the folder with the Gateway API's CustomResourceDefinitions.
        provisioner: the file with the manifests of Contour's gateway provisioner.
        gateway: the kustomize folder with what that provisioner acts on.
        gateway_has_address: whether the Gateway gets an address, or is reached through a port of its nodes.
        base: the kustomize folder with what the operator needs if its own manifests lack it.
        operator: the kustomize folder or URL with the SkyTorch operator.
        operator_image: the name of the operator's image; None leaves what its manifests say.
        overlay: a kustomize component put over the operator's manifests.
        contour_image: the name of Contour's image.
        envoy_image: the name of Envoy's image.
        digests: digests of the images' content, by name.
    """

    gateway_api_crds: Path
    provisioner: Path
    gateway: Path
    gateway_has_address: bool
    base: Path
    operator: str
    operator_image: str | None
    overlay: Path | None
    contour_image: str
    envoy_image: str
    digests: Mapping[str, str]

    def digest(self) -> str:
        """Return a digest of all that decides what is deployed; of a URL only the URL counts.

        Raises:
            StackError: a file of the plan is not there.
        """
        digest = hashlib.sha256(repr(sorted(self.digests.items())).encode())
        texts = (self.gateway.name, self.operator, self.operator_image)
        for text in (*texts, self.contour_image, self.envoy_image):
            digest.update(f"{text}\0".encode())
        # Of these whole folders: what a kustomization takes from beside it counts.
        ours = [data_folder(f"manifests/{name}") for name in ("gateway", "skytorch")]
        for path in _files(self.gateway_api_crds, self.provisioner, *ours, Path(self.operator)):
            digest.update(f"{path.name}\0".encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()


def plan_stack(
    settings: SkyTorchSettings,
    provider: str | None,
    tools: Mapping[str, Located],
    images: Mapping[str, NamedImage],
    operator_image: str | None = None,
) -> StackPlan:
    """Return the plan of the stack that the settings ask for.

    Args:
        settings: which operator, and where the manifests of an upstream one are.
        provider: the provider, by which the Gateway is exposed.
        tools: the components `gateway-api-crds` and `contour-manifests`.
        images: `contour`, `envoy`, and for the stand-in `skytorch-operator-standin`.
        operator_image: the name of an upstream operator's image; None leaves its manifests' own.

    Raises:
        StackError: a component or an image is missing.
    """
    manifests = data_folder("manifests")
    exposure = EXPOSURES.get(provider or "", LOAD_BALANCER)
    used = {name: _get(images, name, "image") for name in ("contour", "envoy")}
    if settings.operator == "upstream":
        operator, overlay = settings.operator_manifests or "", manifests / "skytorch" / "upstream"
    else:
        operator, overlay = str(manifests / "skytorch" / "stand-in"), None
        used[STANDIN_IMAGE] = _get(images, STANDIN_IMAGE, "image")
        operator_image = used[STANDIN_IMAGE].name
    return StackPlan(
        gateway_api_crds=_get(tools, "gateway-api-crds", "component").path,
        provisioner=_get(tools, "contour-manifests", "component").path / PROVISIONER_FILE,
        gateway=manifests / "gateway" / exposure,
        gateway_has_address=exposure == LOAD_BALANCER,
        base=manifests / "skytorch" / "base",
        operator=operator,
        operator_image=operator_image,
        overlay=overlay,
        contour_image=used["contour"].name,
        envoy_image=used["envoy"].name,
        digests={image.name: image.digest for image in used.values()},
    )


def _get(things: Mapping[str, T], name: str, what: str) -> T:
    if name not in things:
        raise StackError(f"cannot deploy the SkyTorch stack: the {what} {name} was not provided")
    return things[name]


def _files(*places: Path) -> Iterable[Path]:
    for place in places:
        if place.is_dir():
            yield from sorted(path for path in place.rglob("*.yaml") if path.is_file())
        elif place.is_file():
            yield place
