"""The provider of embedded clusters: makes, finds and removes them; looking at them and faults lie beside it."""

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
from maidenhair.clusters.embedded.node.image_import import load
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
    """Embedded clusters, one per name.

    Args:
        settings: the cluster's name, profile, nodes and version, and the components that the user set.
        progress: where long steps are reported.
        extensions: what systems under test add to it.
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
        """The toolchain's names of what its clusters need on this machine."""
        mounted = () if self._settings.profile == "api" else self._extensions.mounted
        return (*components_of(self._settings.profile), *mounted)

    @property
    def capabilities(self) -> frozenset[str]:
        """The capabilities that a cluster of its settings has, without any stack, once it is up."""
        return capabilities_of(self._settings.profile, self._settings.nodes)

    def find(self) -> Cluster | None:
        """Return the running cluster, or None when there is none; nodes may be stopped or paused.

        Raises:
            ClusterError: there is one, but a part of it is dead; or one of another configuration.
        """
        record = read_record(self._layout.record)
        if record is None or not record.complete:
            return None
        check_same(self._layout, record, self._settings)
        machines = Machines(self._layout, record)
        for name, state in machines.states().items():
            if state is State.DEAD:
                raise ClusterError(
                    f"cluster {self._layout.name!r} is damaged: machine {name} does not run; "
                    "`maidenhair cluster up` makes it anew"
                )
            if state is State.RUNNING:
                machines.named(name).check()
        return self._cluster(record)

    def up(self, preload: Sequence[Path] = ()) -> Cluster:
        """Return the running cluster, made now if there is none; it stays until `down`.

        A cluster that was left half made or damaged is removed and made anew; nodes of one that were left stopped
        or paused are started, unless a run uses it.

        Args:
            preload: archives of images that its nodes have when it is up.

        Raises:
            ClusterError: it could not be made; nothing of it is left. Or one of another configuration runs.
            ToolchainError: a component could not be provided.
            ImageError: an image of its own pods could not be made.
        """
        with self._locked():
            cluster = self._provide(preload, stays=True)
            write_record(self._layout.record, replace(self._running_record(), stays=True))
            return cluster

    @contextmanager
    def use(self, preload: Sequence[Path] = ()) -> Iterator[Cluster]:
        """Give the running cluster, made now if there is none, for a body.

        A cluster that was made for a body is removed when the last body that uses it ends, also in other
        processes; one that a killed process left is taken over.

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
        """Remove the cluster and all it left, also of one half made; do nothing where there is none.

        Raises:
            ClusterError: a process did not die.
        """
        with self._locked():
            removal.remove(self._layout)

    def status(self) -> ClusterStatus:
        """Return the state of every component and node; none where there is no cluster."""
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
        """Yield what components printed, one component after the other; see `ComponentLogs.logs`.

        Raises:
            ClusterError: there is no cluster, or no such machine or component.
        """
        record = read_record(self._layout.record)
        if record is None:
            raise ClusterError(self._absent())
        yield from log_lines(Machines(self._layout, record), machine, component, tail, follow)

    def load_images(self, archives: Iterable[Path]) -> None:
        """Make images of OCI or docker archives known to every node; one that does not run gets them when it starts.

        Raises:
            ClusterError: no cluster with nodes runs, an archive is not there, or a node refused it.
        """
        with self._locked():
            self._load(self._running_record(), archives)

    def stop_node(self, name: str) -> None:
        """Stop a node at once; see `NodeFaults.stop_node`."""
        with self._faults() as faults:
            faults.stop(name)

    def start_node(self, name: str) -> None:
        """Start a node that was stopped; see `NodeFaults.start_node`."""
        with self._faults() as faults:
            faults.start(name)

    def pause_node(self, name: str) -> None:
        """Freeze every process of a node; see `NodeFaults.pause_node`."""
        with self._faults() as faults:
            faults.pause(name)

    def resume_node(self, name: str) -> None:
        """Let a paused node go on; see `NodeFaults.resume_node`."""
        with self._faults() as faults:
            faults.resume(name)

    def restart(self, machine: str, component: str | None = None) -> None:
        """Kill one component of a machine, or a node, and start it again; see `NodeFaults.restart`."""
        with self._faults() as faults:
            faults.restart(machine, component)

    def leftovers(self) -> list[str]:
        """List everything of the cluster that is on this machine, one description each: none after `down`."""
        return removal.leftovers(self._layout)

    def _provide(self, preload: Sequence[Path], stays: bool) -> Cluster:
        record = read_record(self._layout.record)
        if record is not None and record.complete:
            check_same(self._layout, record, self._settings)
            check_same(self._layout, record, self._settings, self._wanted_mounts())
        try:
            cluster = self.find()
        except ClusterError as error:
            self._progress.say(f"Making the cluster {self._layout.name!r} anew: {error}")
            cluster = None
        if cluster is not None and record is not None:
            # What a run that uses the cluster stopped is its own business.
            if not self._users.any():
                Faults(self._layout, record, self._progress).make_whole()
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
                f"cluster {self._layout.name!r} has no nodes that could have images; make one that has "
                "(`maidenhair cluster down`, then `maidenhair cluster up --profile node`)"
            )
        load(machines, Path(str(record.ctr)), found)

    def _cluster(self, record: Record) -> Cluster:
        return Cluster(
            name=self._layout.name,
            kubeconfig=self._layout.kubeconfig,
            context=f"maidenhair-{self._layout.name}",
            capabilities=capabilities_of(record.profile, record.nodes),
            kubectl=Path(record.kubectl),
        )

    def _wanted_mounts(self) -> Mapping[str, str]:
        if self._settings.profile == "api":
            return {}
        return self._extensions.folders(self._ensure(self._extensions.mounted))

    def _ensure(self, components: Iterable[str]) -> dict[str, Tool]:
        sources = self._extensions.sources
        return Toolchain(self._settings, self._progress, extra=sources).ensure(components)

    def _check_rights(self) -> None:
        if self._settings.profile == "node" and os.geteuid() != 0:
            raise ClusterError(
                "a cluster with nodes needs root, for namespaces and cgroups of its own: run as root, or use the "
                "control plane alone (`--profile api`, MAIDENHAIR_PROFILE=api)"
            )

    def _running_record(self) -> Record:
        record = read_record(self._layout.record)
        if record is None or not record.complete:
            raise ClusterError(self._absent())
        return record

    @contextmanager
    def _faults(self) -> Iterator[Faults]:
        with self._locked():
            yield Faults(self._layout, self._running_record(), self._progress)

    def _locked(self) -> AbstractContextManager[None]:
        return cluster_lock(self._layout.folder, self._layout.name, self._progress)

    def _absent(self) -> str:
        return f"there is no cluster {self._layout.name!r}; `maidenhair cluster up` starts one"
