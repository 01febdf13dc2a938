"""SkyTorch as a system under test."""

from __future__ import annotations

import sysconfig
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from maidenhair._util.progress import Progress
from maidenhair.clusters.images.archive import archive_content
from maidenhair.clusters.images.chosen import ChosenImage, checkout, choose_image
from maidenhair.clusters.images.recipes import Recipe
from maidenhair.clusters.provider import Cluster, EngineImages
from maidenhair.clusters.toolchain.components import Pins
from maidenhair.clusters.toolchain.model import Component, Tool
from maidenhair.kube import Kube
from maidenhair.kube.diagnosis.knowledge import Knowledge
from maidenhair.kube.rbac.permissions import Permissions
from maidenhair.systems.capability import Capability, Findings, Look
from maidenhair.systems.flaw import Flaw
from maidenhair.systems.go_coverage import CoveredProgram, covering
from maidenhair.systems.machine_check import MachineCheck
from maidenhair.systems.skytorch import causes, discovery
from maidenhair.systems.skytorch.components import SDK, components
from maidenhair.systems.skytorch.flaws import FLAWS
from maidenhair.systems.skytorch.images import (
    PYTHON_MOUNT,
    RECIPES,
    SERVER,
    python_version,
    server_image,
)
from maidenhair.systems.skytorch.machine import check_compiler, check_python
from maidenhair.systems.skytorch.permissions import PERMISSIONS
from maidenhair.systems.skytorch.settings import SkyTorchSettings
from maidenhair.systems.skytorch.sources import OPERATOR, build_from_sources
from maidenhair.systems.skytorch.spec import SkyTorchSpec
from maidenhair.systems.skytorch.stack.deploy import deploy, deploy_compute_api
from maidenhair.systems.skytorch.stack.manifests import NAMESPACE
from maidenhair.systems.skytorch.stack.plan import STANDIN_IMAGE, StackPlan, plan_stack
from maidenhair.systems.skytorch.stack.removal import remove
from maidenhair.systems.skytorch.toolchain import link
from maidenhair.systems.system import Deployment, NoDeployment, SpecAccess, System
from maidenhair.systems.target import Target

STACK_COMPONENTS = ("contour", "envoy", "gateway-api-crds", "contour-manifests")


@dataclass(frozen=True)
class SkyTorchState:
    """The part of the deployment that specs need.

    Attributes:
        server_image: the name of the SkyTorch server image; None for the operator's default image.
    """

    server_image: str | None = None


@dataclass(frozen=True)
class SkyTorchDeployment:
    """A prepared deployment of SkyTorch.

    Attributes:
        plan: the stack; None on a cluster without nodes, where only the API of Computes is deployed.
        state: the part of the deployment that specs need.
        archives: the archives of images to load onto the nodes.
        shared_images: the names of images that the nodes pull, or have already.
        covered: the operator, if its coverage is measured.
    """

    plan: StackPlan | None
    state: SkyTorchState
    archives: tuple[Path, ...] = ()
    shared_images: tuple[str, ...] = ()
    covered: CoveredProgram | None = None

    def apply(self, kube: Kube, cluster: Cluster, progress: Progress) -> None:
        """Deploy or update the stack, and wait until it is available.

        Raises:
            StackError: a part did not become available in time.
        """
        if self.plan is None:
            deploy_compute_api(kube)
        else:
            deploy(kube, self.plan, progress)

    def remove(self, kube: Kube, cluster: Cluster, progress: Progress) -> None:
        """Remove the stack and the API of Computes.

        Raises:
            WaitTimedOut: a part still existed at the time limit.
        """
        remove(kube, self.plan, progress)


class SkyTorch(System):
    """The Compute API, its operator behind a Gateway, and the Python SDK."""

    name = discovery.NAME

    def settings(self) -> type[SkyTorchSettings]:
        """Return the class of SkyTorch's settings."""
        return SkyTorchSettings

    def capabilities(self) -> Sequence[Capability]:
        """Return the capabilities that SkyTorch adds to a cluster."""
        return discovery.CAPABILITIES

    def flaws(self) -> Sequence[Flaw]:
        """Return the known flaws of the SDK."""
        return FLAWS

    def components(self, pins: Pins) -> Sequence[Component]:
        """Return Contour, Envoy, the Gateway API, and the SDK with torch."""
        return components(pins)

    def recipes(self) -> Mapping[str, Recipe]:
        """Return the recipes of the images of the stack and of the server."""
        return RECIPES

    def mounts(self) -> Mapping[str, str]:
        """Return the mount of torch and the SDK for all containers, because images with both would have gigabytes."""
        return {PYTHON_MOUNT: SDK}

    def needs(self, target: Target, capabilities: Collection[str]) -> Sequence[str]:
        """Return the components of the stack, and the SDK if specs can use Computes."""
        sdk = (SDK,) if "skytorch" in capabilities and _has_or_may_have_nodes(target) else ()
        stack = STACK_COMPONENTS if target.is_owned and target.has_nodes else ()
        return (*stack, *sdk)

    def use_tools(self, tools: Mapping[str, Tool]) -> None:
        """Make torch and the SDK importable in this process."""
        if SDK in tools:
            link(Path(sysconfig.get_path("purelib")), tools[SDK].path)

    def check_machine(self) -> Sequence[MachineCheck]:
        """Check the version of Python, and the compiler that builds the SDK."""
        return (check_python(), check_compiler())

    def prepare(self, target: Target) -> Deployment:
        """Prepare the stack that the settings select, with its images.

        Raises:
            ConfigurationError: the archive of an image in the settings, or the operator's checkout, does not exist.
            ImageError: an image could not be built or read.
            ToolchainError: the operator's sources could not be compiled.
            ClusterError: the container engine could not build the server image.
            StackError: a component is missing.
        """
        settings = target.settings.of(self.name, SkyTorchSettings)
        server = _chosen("SKYTORCH_TEST_IMAGE", settings.test_image)
        if not (target.is_owned and target.has_nodes):
            state = SkyTorchState(server.name if server else None)
            # An existing cluster refuses archives. That error is clearer than specs whose image is missing.
            archives = (server.archive,) if server and server.archive else ()
            if not target.is_owned:
                return NoDeployment(state, archives)
            return SkyTorchDeployment(None, state, archives)
        if server is None and isinstance(target.provider, EngineImages):
            # Containers of a container engine do not have the mount.
            built = target.provider.build_image(*server_image(), {"PYTHON": python_version()})
            server = ChosenImage(built, None)
        operator = covered = None
        names = ["contour", "envoy"] + ([] if server else [SERVER])
        if settings.source is not None:
            images = build_from_sources(target, settings.source, names)
            if target.settings.coverage:
                image, folder = images[OPERATOR].name, checkout(settings.source)
                covered = CoveredProgram(OPERATOR, image, folder, NAMESPACE)
        elif settings.is_upstream:
            operator = _chosen("MAIDENHAIR_SKYTORCH_OPERATOR_IMAGE", settings.operator_image)
            images = target.build_images(names)
        else:
            images = target.build_images([*names, STANDIN_IMAGE])
        chosen = [image for image in (operator, server) if image is not None]
        return SkyTorchDeployment(
            plan=plan_stack(
                settings,
                target.settings.provider,
                target.tools,
                images,
                operator.name if operator else None,
                archive_content(operator.archive) if operator and operator.archive else None,
            ),
            state=SkyTorchState(server.name if server else images[SERVER].name),
            archives=(
                *(image.archive for image in images.values()),
                *(image.archive for image in chosen if image.archive),
            ),
            shared_images=tuple(image.name for image in chosen if image.archive is None),
            covered=covered,
        )

    def observe(
        self, deployment: Deployment, kube: Kube, cluster: Cluster, progress: Progress
    ) -> AbstractContextManager[object]:
        """Collect the coverage of the operator, if it was built for that."""
        if not isinstance(deployment, SkyTorchDeployment) or deployment.covered is None:
            return nullcontext()
        return covering(deployment.covered, kube, cluster, progress)

    def permissions(self) -> Permissions:
        """Return the permissions for Computes and the objects that they own."""
        return PERMISSIONS

    def look(self, look: Look) -> discovery.SkyTorchFindings:
        """Find the API, the operator and the Gateway on the cluster."""
        return discovery.look_for_skytorch(look)

    def describe(self, findings: Findings) -> Sequence[tuple[str, str]]:
        """Return the lines of the report about the Gateway and about SkyTorch."""
        return discovery.describe(findings)

    def knowledge(self) -> Knowledge:
        """Return the rules that explain why a Compute is not Ready."""
        return causes.KNOWLEDGE

    def open(self, spec: SpecAccess, state: SkyTorchState | None) -> SkyTorchSpec:
        """Return the SDK, the Computes and the tensors of a spec."""
        return SkyTorchSpec(spec, state.server_image if state else None)


def _has_or_may_have_nodes(target: Target) -> bool:
    return target.has_nodes or not target.is_owned


def _chosen(setting: str, text: str | None) -> ChosenImage | None:
    return choose_image(setting, text) if text else None
