"""Devices and their sharing as a system under test."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from maidenhair._util.progress import Progress
from maidenhair.clusters.images.archive import archive_content
from maidenhair.clusters.images.chosen import checkout, choose_image
from maidenhair.clusters.images.recipes import Recipe
from maidenhair.clusters.provider import Cluster
from maidenhair.clusters.toolchain.components import Pins
from maidenhair.clusters.toolchain.model import Component
from maidenhair.kube import Kube
from maidenhair.kube.rbac.permissions import Permissions
from maidenhair.systems.capability import Capability, Findings, Look
from maidenhair.systems.devices import discovery
from maidenhair.systems.devices.components import components
from maidenhair.systems.devices.flaws import FLAWS
from maidenhair.systems.devices.hami.deploy import deploy, remove
from maidenhair.systems.devices.hami.installation import NAMESPACE
from maidenhair.systems.devices.hami.plan import HamiPlan, standin_plan, upstream_plan
from maidenhair.systems.devices.hami.sources import HAMI, build_from_sources, chart_of
from maidenhair.systems.devices.images import RECIPES
from maidenhair.systems.devices.permissions import PERMISSIONS
from maidenhair.systems.devices.settings import DevicesSettings
from maidenhair.systems.devices.spec import DevicesSpec
from maidenhair.systems.flaw import Flaw
from maidenhair.systems.go_coverage import CoveredProgram, covering
from maidenhair.systems.system import Deployment, NoDeployment, SpecAccess, System
from maidenhair.systems.target import Target

SIMULATION_IMAGES = ("device-plugin", "device-query")
SCHEDULER, STANDIN = "kube-scheduler", "hami-scheduler-standin"


@dataclass(frozen=True)
class DevicesState:
    """The part of the deployment that specs use.

    Attributes:
        hami: the plan that HAMi's scheduler was installed from; None if the run installed nothing.
        images: the names of the images of simulated devices; empty if the nodes lack them.
    """

    hami: HamiPlan | None = None
    images: Mapping[str, str] = field(default_factory=dict)


@dataclass
class DevicesDeployment:
    """The deployment of HAMi's scheduler and of the images of simulated devices.

    Attributes:
        plan: chart, values and images of HAMi's scheduler. `apply` replaces it if another HAMi stays installed.
        images: the names of the images of simulated devices.
        archives: the image archives that nodes load.
        shared_images: the names of images to copy from this machine's container engine.
        covered: the scheduler, if its coverage is measured.
    """

    plan: HamiPlan
    images: Mapping[str, str]
    archives: tuple[Path, ...] = ()
    shared_images: tuple[str, ...] = ()
    covered: CoveredProgram | None = None

    @property
    def state(self) -> DevicesState:
        """The part that specs use."""
        return DevicesState(self.plan, self.images)

    def apply(self, kube: Kube, cluster: Cluster, progress: Progress) -> None:
        """Install or upgrade HAMi's scheduler, and wait until it is available.

        Raises:
            DevicesError: helm failed, or the scheduler did not become available.
        """
        self.plan = deploy(kube, cluster.kubeconfig, cluster.context, self.plan, progress)

    def remove(self, kube: Kube, cluster: Cluster, progress: Progress) -> None:
        """Uninstall HAMi's scheduler.

        Raises:
            DevicesError: helm failed.
        """
        remove(kube, cluster.kubeconfig, cluster.context, self.plan, progress)


class Devices(System):
    """Device plugins, DRA and HAMi, on real nodes and on simulated ones."""

    name = discovery.NAME

    def settings(self) -> type[DevicesSettings]:
        """Return the settings: the HAMi to deploy."""
        return DevicesSettings

    def capabilities(self) -> Sequence[Capability]:
        """Return the capabilities that depend on devices."""
        return discovery.CAPABILITIES

    def flaws(self) -> Sequence[Flaw]:
        """Return the known flaws of HAMi."""
        return FLAWS

    def components(self, pins: Pins) -> Sequence[Component]:
        """Return the components device-query and KWOK."""
        return components(pins)

    def recipes(self) -> Mapping[str, Recipe]:
        """Return the recipes of the images of HAMi's stand-in and of simulated devices."""
        return RECIPES

    def needs(self, target: Target, capabilities: Collection[str]) -> Sequence[str]:
        """Return the components that must exist before the deployment: those of HAMi and of its specs."""
        if not (target.is_owned and target.has_nodes):
            return ()
        # Only specs use KWOK. A spec should not wait until it is built.
        return ("helm", "kube-scheduler", "device-query", "kwok")

    def prepare(self, target: Target) -> Deployment:
        """Build the images, and return the deployment of HAMi's scheduler that the settings select.

        Raises:
            ConfigurationError: the setting of HAMi's image names an archive that does not exist, or the setting of
                its sources a folder without them.
            DevicesError: the setting of HAMi's chart names a chart that does not exist.
            ImageError: an image could not be built or read.
            ToolchainError: HAMi's sources could not be compiled.
        """
        if not (target.is_owned and target.has_nodes):
            return NoDeployment(DevicesState())
        settings = target.settings.of(self.name, DevicesSettings)
        helm = target.tools["helm"].path
        names = [SCHEDULER, *SIMULATION_IMAGES]
        chosen = covered = None
        if settings.hami_source is not None:
            images = build_from_sources(target, settings.hami_source, names)
            chart = settings.hami_chart or chart_of(settings.hami_source)
            plan = upstream_plan(helm, chart, images[SCHEDULER], images[HAMI].name)
            if target.settings.coverage:
                folder = checkout(settings.hami_source)
                covered = CoveredProgram(HAMI, images[HAMI].name, folder, NAMESPACE)
        elif settings.hami_image is not None:
            images = target.build_images(names)
            chosen = choose_image("MAIDENHAIR_DEVICES_HAMI_IMAGE", settings.hami_image)
            digest = archive_content(chosen.archive) if chosen.archive else None
            chart = settings.hami_chart or ""
            plan = upstream_plan(helm, chart, images[SCHEDULER], chosen.name, digest)
        else:
            images = target.build_images([*names, STANDIN])
            keeps = settings.hami is None
            plan = standin_plan(helm, images[SCHEDULER], images[STANDIN], keeps_upstream=keeps)
        archives = [image.archive for image in images.values()]
        archives += [chosen.archive] if chosen and chosen.archive else []
        return DevicesDeployment(
            plan=plan,
            images={name: images[name].name for name in SIMULATION_IMAGES},
            archives=tuple(archives),
            shared_images=(chosen.name,) if chosen and chosen.archive is None else (),
            covered=covered,
        )

    def observe(
        self, deployment: Deployment, kube: Kube, cluster: Cluster, progress: Progress
    ) -> AbstractContextManager[object]:
        """Collect the coverage of HAMi's scheduler, if it was built for that."""
        if not isinstance(deployment, DevicesDeployment) or deployment.covered is None:
            return nullcontext()
        return covering(deployment.covered, kube, cluster, progress)

    def permissions(self) -> Permissions:
        """Return the permissions to discover HAMi and to simulate nodes."""
        return PERMISSIONS

    def look(self, look: Look) -> discovery.DevicesFindings:
        """Discover device resources, DRA and HAMi."""
        return discovery.look_for_devices(look)

    def describe(self, findings: Findings) -> Sequence[tuple[str, str]]:
        """Return the lines about devices, DRA and HAMi in the report on a cluster."""
        return discovery.describe(findings)

    def open(self, spec: SpecAccess, state: DevicesState | None) -> DevicesSpec:
        """Return `context.devices` for a spec."""
        known = state or DevicesState()
        return DevicesSpec(spec, known.hami, known.images)
