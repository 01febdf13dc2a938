"""A provider, a cluster and deployments that record their calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from maidenhair._util.progress import Progress
from maidenhair.clusters.images import Recipe
from maidenhair.clusters.provider import Cluster
from maidenhair.config import Settings
from maidenhair.kube import Kube
from maidenhair.systems.target import NO_RECIPES, Target

CLUSTER = Cluster("fake", Path("kubeconfig"), "fake", frozenset({"api"}), Path("kubectl"))


@dataclass
class FakeProvider:
    """A provider without an engine of its own.

    Attributes:
        capabilities: those of its clusters.
        makes_clusters: whether they are maidenhair's own.
    """

    capabilities: frozenset[str] = frozenset({"api", "nodes"})
    makes_clusters: bool = True
    components: tuple[str, ...] = ("etcd", "kubectl")
    name: str = "fake"


@dataclass
class EngineProvider(FakeProvider):
    """A provider whose nodes are containers of an engine, which has images by name.

    Attributes:
        log: the calls.
    """

    log: list[str] = field(default_factory=list)

    def build_image(
        self, name: str, dockerfile: Path, folder: Path, arguments: Mapping[str, str]
    ) -> str:
        self.log.append(f"build {name} of {dockerfile.name} with {', '.join(arguments)}")
        return name

    def share_images(self, names: Iterable[str]) -> None:
        self.log.append(f"share {', '.join(names)}")


@dataclass(frozen=True)
class LoggedDeployment:
    """A deployment that writes down when it is applied and removed.

    Attributes:
        name: its name in the log.
        log: the log.
        on_apply: called before it counts as applied.
        on_remove: called before it counts as removed.
    """

    name: str
    log: list[str]
    on_apply: Callable[[], object] = lambda: None
    on_remove: Callable[[], object] = lambda: None
    archives: tuple[Path, ...] = ()
    shared_images: tuple[str, ...] = ()
    state: Any = None

    def apply(self, kube: Kube, cluster: Cluster, progress: Progress) -> None:
        self.on_apply()
        self.log.append(f"apply {self.name} to {cluster.name}")

    def remove(self, kube: Kube, cluster: Cluster, progress: Progress) -> None:
        self.on_remove()
        self.log.append(f"remove {self.name} from {cluster.name}")


def target(
    settings: Settings | None = None, provider: Any = None, **tools: Path
) -> tuple[Target, list[str]]:
    """Return a cluster that systems are prepared for, and the list of the images that they have built for it."""
    built: list[str] = []

    def build(
        names: Iterable[str], recipes: Mapping[str, Recipe] = NO_RECIPES
    ) -> Mapping[str, Any]:
        made = list(names)
        built.extend(made)
        return {name: image(name) for name in made}

    provided: dict[str, Any] = {name: SimpleNamespace(path=path) for name, path in tools.items()}
    where = provider or FakeProvider()
    return Target(settings or Settings(), where, provided, Progress(), build), built


def image(name: str) -> Any:
    """Return an image as it was built."""
    return SimpleNamespace(
        name=f"maidenhair.dev/{name}:1", digest="sha256:1", archive=Path(f"{name}.tar")
    )
