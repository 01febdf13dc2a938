"""The provider of embedded clusters. `inspection` and `faults` have its status, logs and node faults."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

from maidenhair._util import paths
from maidenhair._util.progress import Progress
from maidenhair.clusters.embedded import removal
from maidenhair.clusters.embedded.builder import Builder
from maidenhair.clusters.embedded.faults import Faults
from maidenhair.clusters.embedded.inspection import log_lines, status_of
from maidenhair.clusters.embedded.layout import layout_for
from maidenhair.clusters.embedded.machine.machines import Machines, State
from maidenhair.clusters.embedded.node.image_import import load_archives
from maidenhair.clusters.embedded.profiles import NODE_IMAGES, capabilities_of, components_of
from maidenhair.clusters.embedded.record import Record, check_same, read_record, write_record
from maidenhair.clusters.extensions import NO_EXTENSIONS, Extensions
from maidenhair.clusters.images import build_images
from maidenhair.clusters.locking import cluster_lock
from maidenhair.clusters.provider import Cluster, ClusterStatus, LogLine
from maidenhair.clusters.toolchain import Tool, Toolchain
from maidenhair.clusters.usage import Users
from maidenhair.config.cluster import Settings
from maidenhair.errors import ClusterError


class EmbeddedProvider:
    """Provide an embedded cluster.

    Args:
        settings: the cluster's name, profile, nodes and version, and the components that the user set.
        progress: where long steps are reported.
        extensions: the additions of systems under test.
    """

    name = "embedded"
    makes_clusters = True

    def __init__(
        self, settings: Settings, progress: Progress, extensions: Extensions = NO_EXTENSIONS
    ) -> None:
        self._settings = settings
        self._progress = progress
        self._extensions = extensions
        self._layout = layout_for(settings.cluster_name, paths.state_dir())
        self._users = Users(self._layout.users)

    @property
    def components(self) -> tuple[str, ...]:
        """The names of the toolchain components that its clusters need."""
        mounted = () if self._settings.profile == "api" else self._extensions.mounted
        return (*components_of(self._settings.profile), *mounted)

    @property
    def capabilities(self) -> frozenset[str]:
        """The capabilities of a cluster with these settings once it is up, before any system is deployed."""
        return capabilities_of(self._settings.profile, self._settings.nodes)

    def find(self) -> Cluster | None:
        """Return the running cluster, whose nodes may be stopped or paused; None if there is none.

        Raises:
            ClusterError: a part of the cluster failed, or it has another configuration.
        """
        record = read_record(self._layout.record)
        if record is None or not record.complete:
            return None
        check_same(self._layout, record, self._settings)
        machines = Machines(self._layout, record)
        for name, state in machines.states().items():
            if state is State.DEAD:
                raise ClusterError(
                    f"cluster {self._layout.name!r} is damaged: machine {name} is not running; "
                    "create it again with `maidenhair cluster up`"
                )
            if state is State.RUNNING:
                machines.machine(name).check()
        return self._cluster(record)

    def up(self, preload: Sequence[Path] = ()) -> Cluster:
        """Return the running cluster, and create it first if there is none. It stays until `down`.

        An incomplete or damaged cluster is removed and created again. Stopped nodes are started and paused nodes
        resumed, unless another process uses the cluster.

        Args:
            preload: image archives to load into its nodes.

        Raises:
            ClusterError: the cluster could not be created, and nothing of it is left; or it runs with another
                configuration.
            ToolchainError: a component could not be provided.
            ImageError: an image of its own pods could not be built.
        """
        with self._locked():
            cluster = self._provide(preload, stays=True)
            write_record(self._layout.record, replace(self._running_record(), stays=True))
            return cluster

    @contextmanager
    def use(self, preload: Sequence[Path] = ()) -> Iterator[Cluster]:
        """Yield the running cluster for a `with` block, and create it first if there is none; see `Provider.use`.

        Raises:
            ClusterError, ToolchainError, ImageError: as `up`.
        """
        with self._locked():
            cluster = self._provide(preload, stays=self._settings.keep_cluster)
            registration = self._users.enter()
        try:
            yield cluster
        finally:
            with self._locked():
                record = read_record(self._layout.record)
                if self._users.leave(registration) and record is not None and not record.stays:
                    removal.remove(self._layout)

    def down(self) -> None:
        """Remove the cluster, complete or not, and its leftovers. Do nothing if there is none.

        Raises:
            ClusterError: a process still runs after it was killed.
        """
        with self._locked():
            removal.remove(self._layout)

    def status(self) -> ClusterStatus:
        """Return the state of every component and node; empty if there is no cluster."""
        record = read_record(self._layout.record)
        if record is None:
            return ClusterStatus()
        return status_of(self._layout, Machines(self._layout, record))

    def logs(
        self,
        machine: str | None = None,
        component: str | None = None,
        tail: int | None = None,
        follow: bool = False,
    ) -> Iterator[LogLine]:
        """Yield the log lines of components, one component after the other; see `ComponentLogs.logs`.

        Raises:
            ClusterError: the cluster, machine or component does not exist.
        """
        record = read_record(self._layout.record)
        if record is None:
            raise ClusterError(self._no_cluster())
        yield from log_lines(Machines(self._layout, record), machine, component, tail, follow)

    def load_images(self, archives: Iterable[Path]) -> None:
        """Load OCI or docker archives into every node. A node that is not running loads them when it starts.

        Raises:
            ClusterError: no cluster with nodes runs, an archive does not exist, or a node refused it.
        """
        with self._locked():
            self._load(self._running_record(), archives)

    def stop_node(self, name: str) -> None:
        """Stop a node; see `NodeFaults.stop_node`."""
        with self._faults() as faults:
            faults.stop(name)

    def start_node(self, name: str) -> None:
        """Start a stopped node; see `NodeFaults.start_node`."""
        with self._faults() as faults:
            faults.start(name)

    def pause_node(self, name: str) -> None:
        """Freeze every process of a node; see `NodeFaults.pause_node`."""
        with self._faults() as faults:
            faults.pause(name)

    def resume_node(self, name: str) -> None:
        """Resume a paused node; see `NodeFaults.resume_node`."""
        with self._faults() as faults:
            faults.resume(name)

    def restart(self, machine: str, component: str | None = None) -> None:
        """Restart one component of a machine, or a whole node; see `NodeFaults.restart`."""
        with self._faults() as faults:
            faults.restart(machine, component)

    def leftovers(self) -> list[str]:
        """Describe everything that the cluster has on this machine; empty after `down`."""
        return removal.leftovers(self._layout)

    def _provide(self, preload: Sequence[Path], stays: bool) -> Cluster:
        record = read_record(self._layout.record)
        if record is not None and record.complete:
            check_same(self._layout, record, self._settings)
            check_same(self._layout, record, self._settings, self._requested_mounts())
        try:
            cluster = self.find()
        except ClusterError as error:
            self._progress.say(f"Creating cluster {self._layout.name!r} again: {error}")
            cluster = None
        if cluster is not None and record is not None:
            # A process that uses the cluster may have stopped nodes on purpose.
            if not self._users.any():
                Faults(self._layout, record, self._progress).restore()
            if preload:
                self._load(record, preload)
            return cluster
        self._check_rights()
        tools = self._ensure(self.components)
        removal.remove(self._layout)
        return self._create(tools, preload, stays)

    def _create(self, tools: Mapping[str, Tool], preload: Sequence[Path], stays: bool) -> Cluster:
        api = self._settings.profile == "api"
        images = {} if api else build_images(tools, NODE_IMAGES)
        record = Record(
            profile=self._settings.profile,
            nodes=0 if api else self._settings.nodes,
            kubernetes_version=self._settings.kubernetes_version,
            kubectl=str(tools["kubectl"].path),
            ctr=None if api else str(tools["containerd"].path.with_name("ctr")),
            mounts={} if api else self._extensions.folders(tools),
            stays=stays,
            feature_gates=self._settings.feature_gates,
        )
        self._layout.folder.mkdir(parents=True, mode=0o700)
        try:
            write_record(self._layout.record, record)
            builder = Builder(self._layout, record, tools, images, self._progress)
            archives = [Path(archive).resolve() for archive in preload]
            record = builder.build_api() if api else builder.build_nodes(archives)
            write_record(self._layout.record, record)
        except BaseException:
            removal.remove(self._layout)
            raise
        return self._cluster(record)

    def _load(self, record: Record, archives: Iterable[Path]) -> None:
        found = [Path(archive).resolve() for archive in archives]
        machines = Machines(self._layout, record)
        if not machines.nodes:
            raise ClusterError(
                f"cannot load images into cluster {self._layout.name!r}: it has no nodes; create one with nodes: "
                "`maidenhair cluster down`, then `maidenhair cluster up --profile node`"
            )
        load_archives(machines, Path(str(record.ctr)), found)

    def _cluster(self, record: Record) -> Cluster:
        return Cluster(
            name=self._layout.name,
            kubeconfig=self._layout.kubeconfig,
            context=f"maidenhair-{self._layout.name}",
            capabilities=capabilities_of(record.profile, record.nodes),
            kubectl=Path(record.kubectl),
        )

    def _requested_mounts(self) -> Mapping[str, str]:
        if self._settings.profile == "api":
            return {}
        return self._extensions.folders(self._ensure(self._extensions.mounted))

    def _ensure(self, components: Iterable[str]) -> dict[str, Tool]:
        sources = self._extensions.sources
        return Toolchain(self._settings, self._progress, extra=sources).ensure(components)

    def _check_rights(self) -> None:
        if self._settings.profile == "node" and os.geteuid() != 0:
            raise ClusterError(
                "a cluster with nodes needs root, because it creates namespaces and cgroups: run as root, or use a "
                "control plane without nodes (--profile api or MAIDENHAIR_PROFILE=api)"
            )

    def _running_record(self) -> Record:
        record = read_record(self._layout.record)
        if record is None or not record.complete:
            raise ClusterError(self._no_cluster())
        return record

    @contextmanager
    def _faults(self) -> Iterator[Faults]:
        with self._locked():
            yield Faults(self._layout, self._running_record(), self._progress)

    def _locked(self) -> AbstractContextManager[None]:
        return cluster_lock(self._layout.folder, self._layout.name, self._progress)

    def _no_cluster(self) -> str:
        return f"there is no cluster {self._layout.name!r}; create it with `maidenhair cluster up`"
