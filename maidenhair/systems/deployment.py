"""All active systems together: preparing them on this machine, and deploying them on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
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
from maidenhair.errors import MaidenhairError
from maidenhair.kube import Kube
from maidenhair.kube.diagnosis.knowledge import NO_KNOWLEDGE, Knowledge
from maidenhair.kube.rbac.permissions import FRAMEWORK, Permissions
from maidenhair.systems.registry import load_systems
from maidenhair.systems.system import Deployment, System
from maidenhair.systems.target import NO_RECIPES, Target


@dataclass(frozen=True)
class Systems:
    """The active systems of a run.

    Attributes:
        active: the systems, in the order of the setting `systems`.
        expected_kinds: the kinds that will be served, though no CustomResourceDefinition exists yet.
    """

    active: tuple[System, ...] = ()
    expected_kinds: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Systems:
        """Load the systems that the settings activate.

        Raises:
            ConfigurationError: a system is unknown, or cannot be imported.
        """
        return cls(load_systems(settings.systems), settings.expected_kinds)

    @cached_property
    def extensions(self) -> Extensions:
        """The components and the mounts of containers that the systems add to a cluster."""
        mounts: dict[str, str] = {}
        for each in self.active:
            mounts |= each.mounts()
        return Extensions(tuple(each.components for each in self.active), mounts)

    @cached_property
    def recipes(self) -> Mapping[str, Recipe]:
        """The recipes of all images, by name."""
        recipes: dict[str, Recipe] = dict(FRAMEWORK_RECIPES)
        for each in self.active:
            recipes |= each.recipes()
        return recipes

    @cached_property
    def permissions(self) -> Permissions:
        """The permissions that the account of a run needs."""
        return FRAMEWORK.merged(*(each.permissions() for each in self.active))

    @cached_property
    def knowledge(self) -> Knowledge:
        """The knowledge that explains failures."""
        return NO_KNOWLEDGE.merged(*(each.knowledge() for each in self.active))

    @property
    def capability_names(self) -> frozenset[str]:
        """The names of the systems' capabilities."""
        return frozenset(
            capability.name for each in self.active for capability in each.capabilities()
        )

    def kube(self, cluster: Cluster) -> Kube:
        """Return a client of a cluster's API. It can explain failures of the systems."""
        kube = Kube.from_kubeconfig(
            cluster.kubeconfig, cluster.context, cluster.kubectl, knowledge=self.knowledge
        )
        kube.expect_kinds(*self.expected_kinds)
        return kube


@dataclass
class Preparation:
    """The work before the cluster starts: providing components, building images, preparing systems.

    Args:
        settings: the settings of the run. `provider` must be set.
        systems: the active systems.
        progress: reports long steps.
    """

    settings: Settings
    systems: Systems
    progress: Progress
    tools: dict[str, Tool] = field(default_factory=dict)

    @cached_property
    def provider(self) -> Provider:
        """The provider of the cluster."""
        return provider_for(self.settings, self.progress, self.systems.extensions)

    @property
    def target(self) -> Target:
        """The cluster as systems see it before it starts."""
        tools = dict(self.tools)

        def build(
            names: Iterable[str], recipes: Mapping[str, Recipe] = NO_RECIPES
        ) -> Mapping[str, Image]:
            return build_images(tools, names, {**self.systems.recipes, **recipes})

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
        """Provide the components that the cluster, the systems and their specs need.

        Raises:
            ToolchainError: a component could not be provided.
        """
        self._provide(self.component_names())
        return self.tools

    def provide_for_specs(self, capabilities: Collection[str]) -> None:
        """Provide the components that specs need, depending on the capabilities of the cluster.

        Raises:
            ToolchainError: a component could not be provided.
        """
        target = self.target
        self._provide(
            [name for each in self.systems.active for name in each.needs(target, capabilities)]
        )

    def prepare(self) -> dict[str, Deployment]:
        """Prepare every system. Return the deployments, by name of the system.

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
    """Return the image archives that all deployments need on nodes."""
    return tuple(archive for each in deployments.values() for archive in each.archives)


def states_of(deployments: Mapping[str, Deployment]) -> dict[str, Any]:
    """Return the state of each deployment, by the system's name."""
    return {name: each.state for name, each in deployments.items()}


def deploy(
    kube: Kube,
    cluster: Cluster,
    provider: Provider,
    deployments: Mapping[str, Deployment],
    progress: Progress,
) -> None:
    """Deploy all systems at the same time, and wait until they are ready. Nodes must have their image archives.

    Raises:
        MaidenhairError: a system did not become ready. If several did not, the message has the error of each.
    """
    shared = [name for each in deployments.values() for name in each.shared_images]
    if shared and isinstance(provider, EngineImages):
        provider.share_images(shared)
    with _locked(cluster), ThreadPoolExecutor() as pool:
        parts = {
            name: pool.submit(each.apply, kube, cluster, progress)
            for name, each in deployments.items()
        }
        _attempt_all("deployed on", cluster, {name: part.result for name, part in parts.items()})


@contextmanager
def observe(
    systems: Systems,
    kube: Kube,
    cluster: Cluster,
    deployments: Mapping[str, Deployment],
    progress: Progress,
) -> Iterator[None]:
    """Let all systems observe the specs of the block."""
    with ExitStack() as stack:
        for each in systems.active:
            stack.enter_context(each.observe(deployments[each.name], kube, cluster, progress))
        yield


def remove(
    kube: Kube, cluster: Cluster, deployments: Mapping[str, Deployment], progress: Progress
) -> None:
    """Remove all systems from a cluster, in reverse order. A system that fails does not keep others from being removed.

    Raises:
        MaidenhairError: an object could not be removed in time. If several systems failed, the message has the error of
            each.
    """
    with _locked(cluster):
        removals = {
            name: partial(each.remove, kube, cluster, progress)
            for name, each in reversed(list(deployments.items()))
        }
        _attempt_all("removed from", cluster, removals)


def _attempt_all(done: str, cluster: Cluster, actions: Mapping[str, Callable[[], object]]) -> None:
    """Call every action, even after one failed. Raise the error of one, or all errors as one of maidenhair's.

    Args:
        done: what an action does to a system, as a participle with a preposition, for the message.
        cluster: the cluster.
        actions: the actions, by the system's name.
    """
    errors: dict[str, Exception] = {}
    for name, action in actions.items():
        try:
            action()
        except Exception as error:
            errors[name] = error
    if len(errors) > 1:
        details = "".join(
            f"\n{name}: {error if isinstance(error, MaidenhairError) else repr(error)}"
            for name, error in errors.items()
        )
        raise MaidenhairError(
            f"{len(errors)} systems could not be {done} cluster {cluster.name!r}:{details}"
        ) from ExceptionGroup("errors of systems", list(errors.values()))
    for single in errors.values():
        raise single


@contextmanager
def _locked(cluster: Cluster) -> Iterator[None]:
    locks = paths.cache_dir() / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with FileLock(locks / f"systems-{cluster.name}.lock"):
        yield


def with_keep_cluster(settings: Settings) -> Settings:
    """Set `keep_cluster` if `keep_on_failure` is set, because removing the cluster would remove retained namespaces."""
    if not settings.keep_on_failure:
        return settings
    return settings.model_copy(update={"keep_cluster": True})
