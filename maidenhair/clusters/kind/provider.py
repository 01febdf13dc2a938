"""The provider of kind clusters. `faults` has its node faults and logs."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from maidenhair._util import paths
from maidenhair._util.progress import Progress
from maidenhair.clusters.extensions import NO_EXTENSIONS, Extensions
from maidenhair.clusters.kind.cluster import KindCluster, capabilities_of
from maidenhair.clusters.kind.command import Kind
from maidenhair.clusters.kind.configuration import Configuration, choose_configuration
from maidenhair.clusters.kind.container_engine import Container, Engine, find_engine, require_engine
from maidenhair.clusters.kind.creation import create, provide_node_image, save_logs
from maidenhair.clusters.kind.faults import KindNodes
from maidenhair.clusters.kind.image_loading import load_archive, share_image
from maidenhair.clusters.kind.layout import layout_for
from maidenhair.clusters.kind.nodes import node_states
from maidenhair.clusters.kind.record import Record
from maidenhair.clusters.processes import MARK, kill_all
from maidenhair.clusters.provider import Cluster, ClusterStatus, ComponentState, NodeState
from maidenhair.clusters.toolchain import Tool, Toolchain
from maidenhair.clusters.usage import Users
from maidenhair.config.cluster import Settings
from maidenhair.errors import ClusterError, MaidenhairError

COMPONENTS = ("kind", "kubectl")
ARTIFACTS = Path("artifacts")


class KindProvider(KindNodes):
    """Provide a kind cluster with the container engine that answers.

    Args:
        settings: the cluster's name, nodes and version, and the components that the user set.
        progress: where long steps are reported.
        extensions: unused, because nothing is mounted into the pods' containers.
        artifacts: the folder for the nodes' logs if a cluster cannot be created.
    """

    name = "kind"
    makes_clusters = True
    components = COMPONENTS

    def __init__(
        self,
        settings: Settings,
        progress: Progress,
        extensions: Extensions = NO_EXTENSIONS,
        artifacts: Path = ARTIFACTS,
    ) -> None:
        self._settings = settings
        self._progress = progress
        self._artifacts = artifacts
        self._layout = layout_for(settings.cluster_name, paths.state_dir())
        self._users = Users(self._layout.users)
        super().__init__(KindCluster(self._layout, progress))

    @cached_property
    def configuration(self) -> Configuration:
        """The configuration that the settings request."""
        return choose_configuration(self._settings)

    @property
    def capabilities(self) -> frozenset[str]:
        """The capabilities of a cluster with these settings once it is up, before any system is deployed."""
        return capabilities_of(self.configuration.workers)

    def find(self) -> Cluster | None:
        """Return the running cluster; None if there is none.

        Raises:
            ClusterError: a node failed, the engine does not answer, or the cluster has another configuration or node
                image.
        """
        record = self._cluster.record()
        if record is None or not record.complete:
            return None
        self._check_same(record)
        containers = self._cluster.containers(Engine(record.engine))
        dead = [each.name for each in containers if _state(each, record) == "exited"]
        if dead or not containers:
            problem = f"containers exited: {', '.join(dead)}" if dead else "it has no containers"
            raise ClusterError(
                f"cluster {self._layout.name!r} is damaged: {problem}; create it again with `maidenhair cluster up`"
            )
        return self._as_cluster(record)

    def up(self, preload: Sequence[Path] = ()) -> Cluster:
        """Return the running cluster, and create it first if there is none. It stays until `down`.

        Args:
            preload: image archives to load into its nodes.

        Raises:
            ClusterError: the cluster could not be created, and only logs of it are left; or it runs with another
                configuration; or no engine answers; or the name is taken.
            ToolchainError: a component could not be provided.
        """
        with self._cluster.locked():
            cluster = self._provide(preload, stays=True)
            record = self._cluster.record()
            if record is not None and not record.stays:
                self._cluster.write(replace(record, stays=True))
            return cluster

    @contextmanager
    def use(self, preload: Sequence[Path] = ()) -> Iterator[Cluster]:
        """Yield the running cluster for a `with` block, and create it first if there is none; see `Provider.use`.

        Raises:
            ClusterError, ToolchainError: as `up`.
        """
        with self._cluster.locked():
            cluster = self._provide(preload, stays=self._settings.keep_cluster)
            registration = self._users.enter()
        try:
            yield cluster
        finally:
            with self._cluster.locked():
                record = self._cluster.record()
                if self._users.leave(registration) and record is not None and not record.stays:
                    self._remove()

    def down(self) -> None:
        """Remove the cluster, complete or not, and its leftovers. Do nothing if there is none.

        Raises:
            ClusterError: the engine did not answer, or has a kind cluster of this name that maidenhair did not create.
        """
        with self._cluster.locked():
            self._remove()

    def status(self) -> ClusterStatus:
        """Return the state of every container and node; empty if there is no cluster."""
        record = self._cluster.record()
        if record is None:
            return ClusterStatus()
        containers = self._cluster.containers(Engine(record.engine))
        states = {each.name: _state(each, record) for each in containers}
        components = [ComponentState(name, "container", state) for name, state in states.items()]
        nodes = {each.name: states[each.name] for each in containers if each.is_node}
        if not record.complete:
            reason = "the cluster is incomplete"
            incomplete = tuple(NodeState(name, "unknown", reason) for name in nodes)
            return ClusterStatus(tuple(components), incomplete)
        with closing(self._cluster.kube(record)) as kube:
            return ClusterStatus(tuple(components), tuple(node_states(kube, nodes)))

    def load_images(self, archives: Iterable[Path]) -> None:
        """Load OCI or docker archives into every node. Skip archives that were loaded before.

        Raises:
            ClusterError: no cluster runs, or a node refused an archive.
            ImageError: a file does not exist, or is not an image archive.
        """
        record, engine, nodes = self._cluster.running()
        self._load(self._kind(engine, record), nodes, archives)

    def share_images(self, names: Iterable[str]) -> None:
        """Load images of the engine into every node. The nodes pull images that the engine lacks.

        Raises:
            ClusterError: no cluster runs, or the engine or a node refused one.
        """
        record, engine, _ = self._cluster.running()
        for name in names:
            share_image(self._kind(engine, record), self._layout.name, name)

    def build_image(
        self, name: str, dockerfile: Path, folder: Path, arguments: Mapping[str, str]
    ) -> str:
        """Build an image unless the engine has one of this name; see `EngineImages.build_image`."""
        engine = require_engine()
        if not engine.has_image(name):
            with self._progress.step(f"Building image {name} with {engine.name}"):
                engine.build(dockerfile, folder, name, arguments)
        return name

    def export_logs(self, folder: Path) -> None:
        """Write the nodes' logs into a folder.

        Raises:
            ClusterError: no cluster runs, or kind could not read some logs.
        """
        record, engine, _ = self._cluster.running()
        self._kind(engine, record).export_logs(self._layout.name, folder)

    def _provide(self, preload: Sequence[Path], stays: bool) -> Cluster:
        record = self._cluster.record()
        if record is not None and record.complete:
            self._check_same(record)
        try:
            cluster = self.find()
        except ClusterError as error:
            self._progress.say(f"Creating cluster {self._layout.name!r} again: {error}")
            cluster = None
        if cluster is not None:
            if preload:
                self.load_images(preload)
            return cluster
        image, engine = self.configuration.image, require_engine()
        tools = Toolchain(self._settings, self._progress).ensure(self.components)
        self._remove()
        provide_node_image(engine, image, self._progress)
        return self._create(engine, tools, preload, stays)

    def _create(
        self, engine: Engine, tools: Mapping[str, Tool], preload: Sequence[Path], stays: bool
    ) -> Cluster:
        configuration, layout = self.configuration, self._layout
        record = Record(
            engine=engine.name,
            configuration=configuration.name,
            digest=configuration.digest,
            image=configuration.image,
            workers=configuration.workers,
            kubectl=str(tools["kubectl"].path),
            kind=str(tools["kind"].path),
            stays=stays,
        )
        layout.folder.mkdir(parents=True, mode=0o700)
        kind = self._kind(engine, record)
        try:
            nodes = create(self._cluster, kind, record, configuration, self._progress)
            self._load(kind, nodes, preload)
            self._cluster.write(replace(record, complete=True))
        except MaidenhairError as error:
            logs = save_logs(self._cluster, kind, self._artifacts / f"kind-{layout.name}")
            raise ClusterError(f"{error}{logs}{self._try_to_remove()}") from error
        except BaseException:
            self._remove()
            raise
        return self._as_cluster(record)

    def _try_to_remove(self) -> str:
        """Remove the cluster. If that fails, return a line about it for the error message, after a line end."""
        try:
            self._remove()
        except MaidenhairError as error:
            return f"\nits leftovers could not be removed; try again with `maidenhair cluster down`: {error}"
        return ""

    def _load(self, kind: Kind, nodes: Sequence[Container], archives: Iterable[Path]) -> None:
        for archive in archives:
            load_archive(kind, self._layout, nodes, Path(archive).resolve())

    def _remove(self) -> None:
        # A kind process that a killed maidenhair started may still run.
        kill_all(self._layout.folder)
        record = self._cluster.record()
        engine = Engine(record.engine) if record else find_engine()
        if engine is not None and self._cluster.containers(engine):
            self._kind(engine, record).delete(self._layout.name, self._layout.kubeconfig)
        if self._layout.folder.exists():
            shutil.rmtree(self._layout.folder)

    def _kind(self, engine: Engine, record: Record | None) -> Kind:
        if record is not None and Path(record.kind).is_file():
            executable = Path(record.kind)
        else:
            executable = Toolchain(self._settings, self._progress).ensure(["kind"])["kind"].path
        return Kind(executable, engine, {MARK: str(self._layout.folder)})

    def _as_cluster(self, record: Record) -> Cluster:
        return Cluster(
            name=self._layout.name,
            kubeconfig=self._layout.kubeconfig,
            context=self._layout.context,
            capabilities=capabilities_of(record.workers),
            kubectl=Path(record.kubectl),
        )

    def _check_same(self, record: Record) -> None:
        difference = record.difference(self.configuration)
        if difference:
            raise ClusterError(
                f"cluster {self._layout.name!r} runs with {difference}; remove it with `maidenhair cluster down`, "
                "or choose another name with MAIDENHAIR_CLUSTER_NAME"
            )


def _state(container: Container, record: Record) -> str:
    """Return a container's state as a component's: "running", "paused", "stopped" or "exited"."""
    if container.state in ("running", "paused"):
        return container.state
    return "stopped" if container.name in record.stopped else "exited"
