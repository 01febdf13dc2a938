"""The active systems together: what they need on this machine, and their deployment on a cluster."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from filelock import FileLock

from maidenhair._util import paths
from maidenhair._util.progress import Progress
from maidenhair.clusters.extensions import Extensions
from maidenhair.clusters.images import build_images
from maidenhair.clusters.images.recipes import FRAMEWORK_RECIPES, Recipe
from maidenhair.clusters.images.store import Image
from maidenhair.clusters.provider import Cluster, EngineImages, Provider
from maidenhair.clusters.registry import provider_for
from maidenhair.clusters.toolchain import Tool, Toolchain
from maidenhair.config import Settings
from maidenhair.kube import Kube
from maidenhair.kube.diagnosis.knowledge import NO_KNOWLEDGE, Knowledge
from maidenhair.kube.rbac.permissions import FRAMEWORK, Permissions
from maidenhair.systems.registry import load_systems
from maidenhair.systems.system import Deployment, System, Target


@dataclass(frozen=True)
class Systems:
    """The active systems of a run.

    Attributes:
        active: the systems, in the order in which the settings name them.
    """

    active: tuple[System, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Systems:
        """Return the systems that the settings activate.

        Raises:
            ConfigurationError: a system is not known, or cannot be imported.
        """
        return cls(load_systems(settings.systems))

    @cached_property
    def extensions(self) -> Extensions:
        """What the systems add to a cluster: components, and folders of its containers."""
        mounts: dict[str, str] = {}
        for each in self.active:
            mounts |= each.mounts()
        return Extensions(tuple(each.components for each in self.active), mounts)

    @cached_property
    def recipes(self) -> Mapping[str, Recipe]:
        """How all images are built, by name."""
        recipes: dict[str, Recipe] = dict(FRAMEWORK_RECIPES)
        for each in self.active:
            recipes |= each.recipes()
        return recipes

    @cached_property
    def permissions(self) -> Permissions:
        """What the account of a run must be allowed to do."""
        return FRAMEWORK.merged(*(each.permissions() for each in self.active))

    @cached_property
    def knowledge(self) -> Knowledge:
        """What explains failures."""
        return NO_KNOWLEDGE.merged(*(each.knowledge() for each in self.active))

    @property
    def capability_names(self) -> frozenset[str]:
        """The names of what clusters can do because of the systems."""
        return frozenset(ability.name for each in self.active for ability in each.capabilities())

    def kube(self, cluster: Cluster) -> Kube:
        """Return a client of a cluster's API that can explain failures of the systems."""
        return Kube.from_kubeconfig(
            cluster.kubeconfig, cluster.context, cluster.kubectl, knowledge=self.knowledge
        )


@dataclass
class Preparation:
    """What a run does before its cluster is there: components, images, and the systems ready to be deployed.

    Args:
        settings: the settings of the run, with a provider.
        systems: the active systems.
        progress: where long steps are reported.
    """

    settings: Settings
    systems: Systems
    progress: Progress
    tools: dict[str, Tool] = field(default_factory=dict)

    @cached_property
    def provider(self) -> Provider:
        """What makes the cluster, or finds it."""
        return provider_for(self.settings, self.progress, self.systems.extensions)

    @property
    def target(self) -> Target:
        """The cluster as systems see it before it is there."""
        tools = dict(self.tools)

        def build(names: Iterable[str]) -> Mapping[str, Image]:
            return build_images(tools, names, self.systems.recipes)

        return Target(self.settings, self.provider, tools, self.progress, build)

    def component_names(self) -> tuple[str, ...]:
        """Return the names of the components that the cluster, the systems and their specs need on this machine.

        Raises:
            ConfigurationError: the settings do not fit the provider.
        """
        provider, target = self.provider, self.target
        expected = provider.capabilities | self.systems.capability_names
        own = [name for each in self.systems.active for name in each.needs(target, expected)]
        return tuple(dict.fromkeys([*provider.components, *own]))

    def provide_components(self) -> Mapping[str, Tool]:
        """Provide what the cluster, the systems and their specs need on this machine.

        Raises:
            ToolchainError: a component could not be provided.
        """
        self._provide(self.component_names())
        return self.tools

    def provide_for_specs(self, capabilities: Collection[str]) -> None:
        """Provide what the specs need on this machine, now that it is known what the cluster can do.

        Raises:
            ToolchainError: a component could not be provided.
        """
        target = self.target
        self._provide(
            [name for each in self.systems.active for name in each.needs(target, capabilities)]
        )

    def prepare(self) -> dict[str, Deployment]:
        """Return every system ready to be deployed, by name.

        Raises:
            MaidenhairError: an image could not be built, or a setting is wrong.
        """
        target = self.target
        return {each.name: each.prepare(target) for each in self.systems.active}

    def _provide(self, names: Sequence[str]) -> None:
        missing = [name for name in dict.fromkeys(names) if name not in self.tools]
        if missing:
            toolchain = Toolchain(
                self.settings, self.progress, extra=self.systems.extensions.sources
            )
            self.tools |= toolchain.ensure(missing)
            for each in self.systems.active:
                each.use_tools(self.tools)


def archives_of(deployments: Mapping[str, Deployment]) -> tuple[Path, ...]:
    """Return the archives of images that nodes must have for all deployments."""
    return tuple(archive for each in deployments.values() for archive in each.archives)


def states_of(deployments: Mapping[str, Deployment]) -> dict[str, Any]:
    """Return what workers need to know of each deployment, by the system's name."""
    return {name: each.state for name, each in deployments.items()}


def deploy(
    kube: Kube,
    cluster: Cluster,
    provider: Provider,
    deployments: Mapping[str, Deployment],
    progress: Progress,
) -> None:
    """Deploy all systems side by side on a cluster whose nodes have their archives, and wait until they are ready.

    Raises:
        MaidenhairError: a system did not become ready.
    """
    shared = [name for each in deployments.values() for name in each.shared_images]
    if shared and isinstance(provider, EngineImages):
        provider.share_images(shared)
    with _locked(cluster), ThreadPoolExecutor() as pool:
        parts = [pool.submit(each.apply, kube, cluster, progress) for each in deployments.values()]
        for part in parts:
            part.result()


def remove(
    kube: Kube, cluster: Cluster, deployments: Mapping[str, Deployment], progress: Progress
) -> None:
    """Remove all systems from a cluster, the last deployed first.

    Raises:
        MaidenhairError: a part could not be removed, or was not gone in time.
    """
    with _locked(cluster):
        for each in reversed(list(deployments.values())):
            each.remove(kube, cluster, progress)


@contextmanager
def _locked(cluster: Cluster) -> Iterator[None]:
    locks = paths.cache_dir() / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with FileLock(locks / f"systems-{cluster.name}.lock"):
        yield


def with_keep_cluster(settings: Settings) -> Settings:
    """Return the settings of a run: one that keeps failed specs keeps its cluster too, which they would go with."""
    if not settings.keep_on_failure:
        return settings
    return settings.model_copy(update={"keep_cluster": True})
