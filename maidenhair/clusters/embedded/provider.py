"""The provider of embedded clusters: makes, finds and removes them, and says what state they are in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

from maidenhair import paths
from maidenhair.clusters.embedded.builder import Builder
from maidenhair.clusters.embedded.cgroups import cgroups_below, remove_cgroup
from maidenhair.clusters.embedded.components import NODE_IMAGES, components_of
from maidenhair.clusters.embedded.layout import layout_for
from maidenhair.clusters.embedded.loading import import_images
from maidenhair.clusters.embedded.machine import Machine, kill_all, processes_of
from maidenhair.clusters.embedded.network import disconnect, has_link
from maidenhair.clusters.embedded.record import Record, read_record, write_record
from maidenhair.clusters.images import build_images
from maidenhair.clusters.locking import cluster_lock
from maidenhair.clusters.provider import (
    NODE_CAPABILITIES,
    Cluster,
    ClusterStatus,
    ComponentState,
)
from maidenhair.clusters.toolchain import Tool, Toolchain
from maidenhair.clusters.users import Users
from maidenhair.config import Settings
from maidenhair.errors import ClusterError
from maidenhair.progress import Progress

CAPABILITIES: Mapping[str, frozenset[str]] = {
    "api": frozenset({"api"}),
    "node": frozenset({"api"}) | NODE_CAPABILITIES,
}


class EmbeddedProvider:
    """Embedded clusters, one per name.

    Args:
        settings: the cluster's name, profile and version, and the components that the user set.
        progress: where long steps are reported.
    """

    name = "embedded"
    makes_clusters = True

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self._settings = settings
        self._progress = progress
        self._layout = layout_for(settings.cluster_name, paths.state_dir())
        self._users = Users(self._layout.folder / "users")

    @property
    def components(self) -> tuple[str, ...]:
        """The toolchain's names of what its clusters need on this machine."""
        return components_of(self._settings.profile)

    @property
    def claims(self) -> frozenset[str]:
        """The capabilities that a cluster of its settings has, without any stack, once it is up."""
        return CAPABILITIES[self._settings.profile]

    def find(self) -> Cluster | None:
        """Return the running cluster, or None when there is none.

        Raises:
            ClusterError: there is one, but a part of it is dead; or one of another profile or version.
        """
        record = read_record(self._layout.record)
        if record is None or not record.complete:
            return None
        self._check_same(record)
        for machine in self._machines():
            if not machine.alive:
                raise ClusterError(self._damaged(f"machine {machine.name} does not run"))
            machine.check()
        return self._cluster(record)

    def up(self, preload: Sequence[Path] = ()) -> Cluster:
        """Return the running cluster, made now if there is none; it stays until `down`.

        A cluster that was left half made or damaged is removed and made anew.

        Args:
            preload: archives of images that its nodes have when it is up.

        Raises:
            ClusterError: it could not be made; nothing of it is left. Or one of another profile or version runs.
            ToolchainError: a component could not be provided.
            ImageError: an image of its own pods could not be made.
        """
        with self._locked():
            cluster = self._provide(preload, stays=True)
            record = read_record(self._layout.record)
            if record is not None and not record.stays:
                write_record(self._layout.record, replace(record, stays=True))
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
                    self._remove()

    def down(self) -> None:
        """Remove the cluster and all it left, also of one half made; do nothing where there is none.

        Raises:
            ClusterError: a process did not die.
        """
        with self._locked():
            self._remove()

    def status(self) -> ClusterStatus:
        """Return the state of every component; none where there is no cluster."""
        states = []
        for machine in self._machines():
            alive = machine.alive
            for component, status in machine.status().items():
                state = status["state"] if alive else "exited"
                last = "" if state == "running" else machine.last_lines(component)
                states.append(ComponentState(machine.name, component, state, last))
        return ClusterStatus(tuple(states))

    def load_images(self, archives: Iterable[Path]) -> None:
        """Make images of OCI or docker archives known to every node.

        Raises:
            ClusterError: no cluster with nodes runs, an archive is not there, or a node refused it.
        """
        record = read_record(self._layout.record)
        if record is None or not record.complete or record.ctr is None:
            raise ClusterError(
                f"no cluster {self._layout.name!r} with nodes runs; `maidenhair cluster up` starts one"
            )
        found = [Path(archive).resolve() for archive in archives]
        for machine in self._machines():
            if machine.name != "control-plane":
                import_images(machine, Path(record.ctr), found)

    def leftovers(self) -> list[str]:
        """Return, in words, everything of the cluster that is on this machine: none after `down`."""
        found = [f"process {process.pid}" for process in processes_of(self._layout.folder)]
        found += [f"cgroup {path}" for path in cgroups_below(self._layout.cgroup)]
        if has_link(self._layout):
            found.append(f"network link {self._layout.link}")
        if self._layout.folder.exists():
            found.append(f"folder {self._layout.folder}")
        return found

    def _provide(self, preload: Sequence[Path], stays: bool) -> Cluster:
        record = read_record(self._layout.record)
        if record is not None and record.complete:
            self._check_same(record)
        try:
            cluster = self.find()
        except ClusterError as error:
            self._progress.say(f"Making the cluster {self._layout.name!r} anew: {error}")
            cluster = None
        if cluster is not None:
            self._check_python(record)
            if preload:
                self.load_images(preload)
            return cluster
        self._check_rights()
        tools = Toolchain(self._settings, self._progress).ensure(self.components)
        self._remove()
        return self._create(tools, preload, stays)

    def _create(self, tools: Mapping[str, Tool], preload: Sequence[Path], stays: bool) -> Cluster:
        api = self._settings.profile == "api"
        images = {} if api else build_images(tools, NODE_IMAGES)
        record = Record(
            profile=self._settings.profile,
            kubernetes_version=self._settings.kubernetes_version,
            kubectl=str(tools["kubectl"].path),
            ctr=None if api else str(tools["containerd"].path.with_name("ctr")),
            python=None if api else str(tools["skytorch-python"].path),
            stays=stays,
        )
        self._layout.folder.mkdir(parents=True, mode=0o700)
        try:
            write_record(self._layout.record, record)
            builder = Builder(self._layout, tools, images, self._progress)
            if api:
                builder.build_api()
            else:
                builder.build_node([Path(archive).resolve() for archive in preload])
            write_record(self._layout.record, replace(record, complete=True))
        except BaseException:
            self._remove()
            raise
        return self._cluster(record)

    def _remove(self) -> None:
        kill_all(self._layout.folder)
        if has_link(self._layout):
            disconnect(self._layout)
        remove_cgroup(self._layout.cgroup)
        if self._layout.folder.exists():
            shutil.rmtree(self._layout.folder)

    def _cluster(self, record: Record) -> Cluster:
        return Cluster(
            name=self._layout.name,
            kubeconfig=self._layout.kubeconfig,
            context=f"maidenhair-{self._layout.name}",
            capabilities=CAPABILITIES[record.profile],
            kubectl=Path(record.kubectl),
        )

    def _machines(self) -> Sequence[Machine]:
        record = read_record(self._layout.record)
        folders = sorted(self._layout.machine("x").parent.glob("*"))
        namespaces = record is not None and record.profile == "node"
        return [Machine(folder.name, folder, namespaces) for folder in folders]

    def _check_same(self, record: Record) -> None:
        wanted = {
            "profile": self._settings.profile,
            "kubernetes_version": self._settings.kubernetes_version,
        }
        for name, value in wanted.items():
            running = getattr(record, name)
            if running != value:
                raise ClusterError(
                    f"cluster {self._layout.name!r} runs with {name}={running}, but {value} is wanted; remove it "
                    "(`maidenhair cluster down`) or choose another name (MAIDENHAIR_CLUSTER_NAME)"
                )

    def _check_python(self, record: Record | None) -> None:
        if record is None or record.python is None:
            return
        tools = Toolchain(self._settings, self._progress).ensure(["skytorch-python"])
        wanted = tools["skytorch-python"].path
        if record.python != str(wanted):
            raise ClusterError(
                f"the containers of cluster {self._layout.name!r} see torch and SkyTorch of {record.python}, but "
                f"{wanted} is wanted; remove the cluster (`maidenhair cluster down`)"
            )

    def _check_rights(self) -> None:
        if self._settings.profile == "node" and os.geteuid() != 0:
            raise ClusterError(
                "a cluster with nodes needs root, for namespaces and cgroups of its own: run as root, or use the "
                "control plane alone (`--profile api`, MAIDENHAIR_PROFILE=api)"
            )

    def _damaged(self, what: str) -> str:
        return f"cluster {self._layout.name!r} is damaged: {what}; `maidenhair cluster up` makes it anew"

    def _locked(self) -> AbstractContextManager[None]:
        return cluster_lock(self._layout.folder, self._layout.name, self._progress)
