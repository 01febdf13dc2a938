"""The plan of a SkyTorch stack: its files and images, and a digest that identifies it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from maidenhair._util.data import data_folder
from maidenhair.errors import StackError
from maidenhair.systems.skytorch.settings import SkyTorchSettings
from maidenhair.systems.skytorch.sources import OPERATOR

PROVISIONER_FILE = Path("render", "contour-gateway-provisioner.yaml")
STANDIN_IMAGE = "skytorch-operator-standin"
LOAD_BALANCER, NODE_PORT = "load-balancer", "node-port"
EXPOSURES = {"kind": NODE_PORT}
"""The exposure of the Gateway by provider: a folder of manifests/gateway. Default: LOAD_BALANCER."""


class NamedImage(Protocol):
    """An image on the nodes."""

    @property
    def name(self) -> str:
        """Return the name that pods use."""

    @property
    def digest(self) -> str:
        """Return the digest of the content, "sha256:…"."""


class Located(Protocol):
    """A component in a folder."""

    @property
    def path(self) -> Path:
        """Return the folder."""


@dataclass(frozen=True)
class StackPlan:
    """The files and images of a SkyTorch stack.

    Attributes:
        gateway_api_crds: the folder with the Gateway API's CustomResourceDefinitions.
        provisioner: the file with the manifests of Contour's gateway provisioner.
        gateway: the kustomize folder with the Gateway and its class.
        gateway_has_address: whether the Gateway gets an address; if not, it is reached through a port of its nodes.
        base: the kustomize folder with the objects that the operator needs, for those that its manifests lack.
        operator: the kustomize folder or URL with the SkyTorch operator.
        operator_image: the name of the operator's image; None for the image in its manifests.
        operator_digest: a digest of that image's content, which makes a rebuilt image of the same name roll out; None
            if it is unknown.
        overlay: the kustomize component that is applied to the operator's manifests; None for none.
        keeps_upstream: whether a real operator that is deployed already stays.
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
    operator_digest: str | None
    overlay: Path | None
    keeps_upstream: bool
    contour_image: str
    envoy_image: str
    digests: Mapping[str, str]

    @property
    def is_upstream(self) -> bool:
        """Whether the operator is the real one, and not the stand-in."""
        return self.overlay is not None

    def digest(self) -> str:
        """Return the digest of all inputs of the deployment but the bases of the operator's kustomization.

        Raises:
            StackError: a file of the plan does not exist.
        """
        digest = hashlib.sha256(repr(sorted(self.digests.items())).encode())
        texts = (self.gateway.name, self.operator, self.operator_image, self.operator_digest)
        for text in (*texts, self.contour_image, self.envoy_image):
            digest.update(f"{text}\0".encode())
        # The whole folders count, because a kustomization may use files outside of its own folder.
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
    operator_digest: str | None = None,
) -> StackPlan:
    """Return the plan of the stack that the settings select.

    Args:
        settings: the settings of the operator and its manifests.
        provider: the cluster provider, which decides how the Gateway is exposed.
        tools: the components by name, including `gateway-api-crds` and `contour-manifests`.
        images: the images by name, including `contour`, `envoy`, and for the stand-in `skytorch-operator-standin`.
        operator_image: the name of an upstream operator's image; None for the image in its manifests. An operator that
            was built from its sources is among `images`.
        operator_digest: a digest of that image's content, if it is known.

    Raises:
        StackError: a component or an image is missing.
    """
    manifests = data_folder("manifests")
    exposure = EXPOSURES.get(provider or "", LOAD_BALANCER)
    used = {name: _image(images, name) for name in ("contour", "envoy")}
    if settings.is_upstream:
        operator, overlay = settings.manifests, manifests / "skytorch" / "upstream"
        if settings.source is not None:
            used[OPERATOR] = _image(images, OPERATOR)
            operator_image, operator_digest = used[OPERATOR].name, used[OPERATOR].digest
    else:
        operator, overlay = str(manifests / "skytorch" / "stand-in"), None
        used[STANDIN_IMAGE] = _image(images, STANDIN_IMAGE)
        operator_image, operator_digest = used[STANDIN_IMAGE].name, used[STANDIN_IMAGE].digest
    return StackPlan(
        gateway_api_crds=_component(tools, "gateway-api-crds").path,
        provisioner=_component(tools, "contour-manifests").path / PROVISIONER_FILE,
        gateway=manifests / "gateway" / exposure,
        gateway_has_address=exposure == LOAD_BALANCER,
        base=manifests / "skytorch" / "base",
        operator=operator,
        operator_image=operator_image,
        operator_digest=operator_digest,
        overlay=overlay,
        keeps_upstream=settings.operator is None and not settings.is_upstream,
        contour_image=used["contour"].name,
        envoy_image=used["envoy"].name,
        digests={image.name: image.digest for image in used.values()},
    )


def _component(tools: Mapping[str, Located], name: str) -> Located:
    if name not in tools:
        raise StackError(
            f"cannot deploy the SkyTorch stack: its component {name} is missing; run `maidenhair setup` with the "
            "provider and the profile of this run"
        )
    return tools[name]


def _image(images: Mapping[str, NamedImage], name: str) -> NamedImage:
    if name not in images:
        # A run builds the images that it lacks, so that there is nothing to run before it.
        raise StackError(
            f"cannot deploy the SkyTorch stack: its image {name} was not built; this is an error of maidenhair's own"
        )
    return images[name]


def _files(*places: Path) -> Iterable[Path]:
    for place in places:
        if place.is_dir():
            yield from sorted(path for path in place.rglob("*.yaml") if path.is_file())
        elif place.is_file():
            yield place
