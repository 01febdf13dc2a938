"""The container engine that runs kind's nodes: Docker or Podman."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maidenhair._util.process import Completed, last_lines, lines, run
from maidenhair.clusters.images import canonical_name
from maidenhair.errors import ClusterError, ConfigurationError, ProgramFailed

VARIABLE = "KIND_EXPERIMENTAL_PROVIDER"
"""kind's environment variable that names the engine."""
VERSIONS = {"docker": "{{.ServerVersion}}", "podman": "{{.Version.Version}}"}
"""The engines in their order of preference, each with the output format that prints its version."""
ANSWER_SECONDS = 5.0
CALL_SECONDS = 120.0
TRANSFER_SECONDS = 3600.0
CLUSTER_LABEL = "io.x-k8s.kind.cluster"
ROLE_LABEL = "io.x-k8s.kind.role"
LOAD_BALANCER = "external-load-balancer"


@dataclass(frozen=True)
class Container:
    """A container of a kind cluster.

    Attributes:
        name: the container's name, which is also the node's.
        role: "control-plane", "worker" or "external-load-balancer".
        state: the engine's state, such as "running", "paused" or "exited".
        mounts: the folders and files of this machine that are mounted into it.
    """

    name: str
    role: str
    state: str
    mounts: tuple[str, ...]

    @property
    def is_node(self) -> bool:
        """Whether the container is a node of Kubernetes."""
        return self.role != LOAD_BALANCER


@dataclass(frozen=True)
class Engine:
    """A container engine.

    Attributes:
        name: "docker" or "podman", which is also the name of its command.
    """

    name: str

    def containers(self, cluster: str) -> list[Container]:
        """Return the containers with kind's label of a cluster, in any state.

        Raises:
            ClusterError: the engine did not answer.
        """
        listed = self._call("ps", "--all", "--quiet", f"--filter=label={CLUSTER_LABEL}={cluster}")
        if not listed.split():
            return []
        found = json.loads(self._call("inspect", *listed.split()))
        return sorted(map(_container, found), key=lambda container: container.name)

    def has_image(self, image: str) -> bool:
        """Return whether the engine has an image."""
        command = ["image", "inspect", self._reference(image)]
        return self._run(command, CALL_SECONDS, accepted=None).status == 0

    def pull(self, image: str) -> None:
        """Pull an image.

        Raises:
            ClusterError: the engine failed.
        """
        self._call("pull", "--quiet", self._reference(image), seconds=TRANSFER_SECONDS)

    def build(
        self, dockerfile: Path, folder: Path, image: str, arguments: Mapping[str, str]
    ) -> None:
        """Build an image.

        Args:
            dockerfile: the Dockerfile.
            folder: the build context.
            image: the image's name.
            arguments: the build arguments.

        Raises:
            ClusterError: the engine failed.
        """
        build_arguments = [f"--build-arg={name}={value}" for name, value in arguments.items()]
        options = [f"--file={dockerfile}", f"--tag={image}", *build_arguments]
        self._call("build", *options, str(folder), seconds=TRANSFER_SECONDS)

    def save(self, image: str, archive: Path) -> None:
        """Save an image as an archive.

        Raises:
            ClusterError: the engine failed.
        """
        command = ["save", "--output", str(archive), self._reference(image)]
        self._call(*command, seconds=TRANSFER_SECONDS)

    def stop(self, container: str) -> None:
        """Kill a container's processes. The container stays stopped until it is started."""
        # Podman restarts a killed container, because kind sets a restart policy.
        self._call(*(["kill"] if self.name == "docker" else ["stop", "--time=0"]), container)

    def start(self, container: str) -> None:
        """Start a stopped container."""
        self._call("start", container)

    def pause(self, container: str) -> None:
        """Freeze a container's processes."""
        self._call("pause", container)

    def resume(self, container: str) -> None:
        """Resume a paused container."""
        self._call("unpause", container)

    def execute(self, container: str, *command: str) -> str:
        """Run a command in a container, and return its output.

        Raises:
            ClusterError: the command failed.
        """
        return self._call("exec", container, *command)

    def lines(self, *arguments: str) -> Iterator[str]:
        """Yield the output lines of a command of the engine, until it ends or the iterator is closed."""
        return lines([self.name, *arguments])

    def _reference(self, image: str) -> str:
        """Return an image's name for the engine: Podman needs the full name, without a tag before a digest."""
        if self.name == "docker":
            return image
        name, at, digest = image.partition("@")
        full = canonical_name(name)
        return f"{full.rpartition(':')[0]}@{digest}" if at else full

    def _call(self, *arguments: str, seconds: float = CALL_SECONDS) -> str:
        return self._run(arguments, seconds).stdout

    def _run(
        self, arguments: Sequence[str], seconds: float, accepted: Collection[int] | None = (0,)
    ) -> Completed:
        try:
            return run([self.name, *arguments], seconds=seconds, accepted=accepted)
        except ProgramFailed as failed:
            command = " ".join([self.name, *arguments[:2]])
            output = f":\n{last_lines(failed.output)}" if failed.output else ""
            raise ClusterError(f"`{command}` {failed.problem}{output}") from failed


def find_engine(environment: Mapping[str, str] | None = None) -> Engine | None:
    """Return the engine that answers within `ANSWER_SECONDS`, Docker before Podman; None if none answers.

    Args:
        environment: the environment variables, of which KIND_EXPERIMENTAL_PROVIDER names the only engine to try;
            default: this process's.

    Raises:
        ConfigurationError: KIND_EXPERIMENTAL_PROVIDER names an engine that is not supported.
    """
    names = _candidates(environment)
    with ThreadPoolExecutor(len(names)) as executor:
        problems = list(executor.map(problem_of, names))
    answering = (name for name, problem in zip(names, problems, strict=True) if not problem)
    name = next(answering, None)
    return Engine(name) if name else None


def require_engine(environment: Mapping[str, str] | None = None) -> Engine:
    """Return the engine that answers; see `find_engine`.

    Raises:
        ClusterError: no engine answers; the message says why for each.
        ConfigurationError: as `find_engine`.
    """
    engine = find_engine(environment)
    if engine is None:
        problems = "\n".join(f"  - {name}: {problem_of(name)}" for name in _candidates(environment))
        raise ClusterError(
            f"kind needs Docker or Podman, and no engine answers:\n{problems}\n"
            "start one, or set MAIDENHAIR_PROVIDER=embedded"
        )
    return engine


def problem_of(name: str) -> str:
    """Return why an engine does not answer, or an empty text if it does."""
    if shutil.which(name) is None:
        return "it is not on PATH"
    try:
        command = [name, "info", "--format", VERSIONS[name]]
        ended = run(command, seconds=ANSWER_SECONDS, accepted=None)
    except ProgramFailed as failed:
        return f"it {failed.problem}"
    if ended.status or not ended.stdout.strip():
        return last_lines(ended.stderr or ended.stdout, 1) or "it printed no version"
    return ""


def _candidates(environment: Mapping[str, str] | None) -> list[str]:
    environment = os.environ if environment is None else environment
    name = environment.get(VARIABLE, "")
    if name and name not in VERSIONS:
        raise ConfigurationError(
            f"{VARIABLE}={name}: this engine is not supported; use {' or '.join(VERSIONS)}"
        )
    return [name] if name else list(VERSIONS)


def _container(found: Mapping[str, Any]) -> Container:
    labels = found["Config"]["Labels"] or {}
    mounts = [mount.get("Source", "") for mount in found.get("Mounts") or []]
    return Container(
        name=found["Name"].removeprefix("/"),
        role=labels.get(ROLE_LABEL, ""),
        state=found["State"]["Status"],
        mounts=tuple(mounts),
    )
