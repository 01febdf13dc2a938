"""Devices and their sharing as a system under test."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from maidenhair._util.progress import Progress
from maidenhair.clusters.images.chosen import choose_image
from maidenhair.clusters.images.recipes import Recipe
from maidenhair.clusters.provider import Cluster
from maidenhair.clusters.toolchain.components import Pins
from maidenhair.clusters.toolchain.model import Component
from maidenhair.kube import Kube
from maidenhair.kube.rbac.permissions import Permissions
from maidenhair.systems.capability import Capability, Findings, Look
from maidenhair.systems.devices import discovery
from maidenhair.systems.devices.components import components
from maidenhair.systems.devices.hami import installation
from maidenhair.systems.devices.hami.plan import HamiPlan, standin_plan, upstream_plan
from maidenhair.systems.devices.images import RECIPES
from maidenhair.systems.devices.permissions import PERMISSIONS
from maidenhair.systems.devices.settings import DevicesSettings
from maidenhair.systems.devices.spec import DevicesSpec
from maidenhair.systems.system import Deployment, NoDeployment, SpecAccess, System, Target

SIMULATION_IMAGES = ("device-plugin", "device-query")
SCHEDULER, STANDIN = "kube-scheduler", "hami-scheduler-standin"


@dataclass(frozen=True)
class DevicesState:
    """What specs need to know of the deployment.

    Attributes:
        hami: HAMi's scheduler as it was installed; None where the cluster is used as it is.
        images: the names of the images of simulated devices; none where nodes lack them.
    """

    hami: HamiPlan | None = None
    images: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DevicesDeployment:
    """HAMi's scheduler and the images of simulated devices, ready to be deployed.

    Attributes:
        plan: HAMi's scheduler.
    """

    plan: HamiPlan
    state: DevicesState
    archives: tuple[Path, ...] = ()
    shared_images: tuple[str, ...] = ()

    def apply(self, kube: Kube, cluster: Cluster, progress: Progress) -> None:
        """Install HAMi's scheduler, or change what is there to it, and wait until it is available.

        Raises:
            DevicesError: it could not be installed, or did not become available.
        """
        installation.deploy(kube, cluster.kubeconfig, cluster.context, self.plan, progress)

    def remove(self, kube: Kube, cluster: Cluster, progress: Progress) -> None:
        """Uninstall HAMi's scheduler.

        Raises:
            DevicesError: it could not be uninstalled.
        """
        installation.remove(kube, cluster.kubeconfig, cluster.context, self.plan, progress)


class Devices(System):
    """Device plugins, DRA and HAMi, on real nodes and on simulated ones."""

    name = discovery.NAME

    def settings(self) -> type[DevicesSettings]:
        """Return which HAMi is used."""
        return DevicesSettings

    def capabilities(self) -> Sequence[Capability]:
        """Return what clusters can do because of devices."""
        return discovery.CAPABILITIES

    def components(self, pins: Pins) -> Sequence[Component]:
        """Return what simulates nodes and looks at devices in containers."""
        return components(pins)

    def recipes(self) -> Mapping[str, Recipe]:
        """Return the images of HAMi's stand-in and of simulated devices."""
        return RECIPES

    def needs(self, target: Target, capabilities: Collection[str]) -> Sequence[str]:
        """Return what HAMi is installed with, and what its specs take too long to make."""
        if not (target.is_owned and target.has_nodes):
            return ()
        # KWOK is used by specs alone, which should not wait until it is built.
        return ("helm", "kube-scheduler", "device-query", "kwok")

    def prepare(self, target: Target) -> Deployment:
        """Return HAMi's scheduler as the settings ask for it, with its images.

        Raises:
            ConfigurationError: an image of the user's own is no archive that is there.
            DevicesError: there is no such chart.
            ImageError: an image could not be made or read.
        """
        if not (target.is_owned and target.has_nodes):
            return NoDeployment(DevicesState())
        settings = target.settings.of(self.name, DevicesSettings)
        helm = target.tools["helm"].path
        names = [SCHEDULER, *SIMULATION_IMAGES]
        if settings.hami_image is None:
            images = target.build_images([*names, STANDIN])
            chosen = None
            plan = standin_plan(helm, images[SCHEDULER], images[STANDIN])
        else:
            images = target.build_images(names)
            chosen = choose_image("MAIDENHAIR_DEVICES_HAMI_IMAGE", settings.hami_image)
            plan = upstream_plan(helm, settings.hami_chart or "", images[SCHEDULER], chosen.name)
        archives = [image.archive for image in images.values()]
        archives += [chosen.archive] if chosen and chosen.archive else []
        return DevicesDeployment(
            plan=plan,
            state=DevicesState(plan, {name: images[name].name for name in SIMULATION_IMAGES}),
            archives=tuple(archives),
            shared_images=(chosen.name,) if chosen and chosen.archive is None else (),
        )

    def permissions(self) -> Permissions:
        """Return the permissions to see HAMi and to simulate nodes."""
        return PERMISSIONS

    def look(self, look: Look) -> discovery.DevicesFindings:
        """Find out about devices, DRA and HAMi."""
        return discovery.look_for_devices(look)

    def describe(self, findings: Findings) -> Sequence[tuple[str, str]]:
        """Return the lines on devices, DRA and HAMi."""
        return discovery.describe(findings)

    def open(self, spec: SpecAccess, state: DevicesState | None) -> DevicesSpec:
        """Return the simulated nodes of a spec."""
        known = state or DevicesState()
        return DevicesSpec(spec, known.hami, known.images)
