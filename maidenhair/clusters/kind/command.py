"""The kind command: what maidenhair has it do, and what its failures mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from maidenhair._util.process import last_lines, run
from maidenhair.clusters.kind.container_engine import VARIABLE, Engine
from maidenhair.errors import ClusterError, ProgramFailed

CREATE_SECONDS = 1800.0
CALL_SECONDS = 600.0

FAILURES = (
    (
        r"port is already allocated|address already in use",
        "a port of this machine that the configuration maps is taken; two clusters cannot have it at once: "
        "remove the other cluster (`kind get clusters` lists them), or end the program that "
        "listens (`ss -ltnp`)",
    ),
    (
        r"already exist for a cluster with the name",
        "another has just made a kind cluster of that name: choose another (MAIDENHAIR_CLUSTER_NAME)",
    ),
    (
        r"failed to pull image",
        "an image that kind wants besides the nodes' is neither here nor can it be pulled: load it into the engine",
    ),
    (
        r"unable to decode config|unknown apiVersion|unknown kind|could not determine kind|invalid configuration for"
        r"|must have at least one control-plane|invalid ",
        "kind does not accept the configuration: mend it (MAIDENHAIR_KIND_CONFIG)",
    ),
    (r"failed to get (docker|podman) info", "the container engine does not answer: start it"),
)
"""What kind's output shows, and what it means to the user; the first that fits."""
_COMMAND = re.compile(r'command "(\w+ \w+) .*" failed', re.DOTALL)


@dataclass(frozen=True)
class Kind:
    """The kind command with one engine.

    Attributes:
        executable: the kind executable.
        engine: the engine that it is to use.
        environment: variables set in addition to the process's own.
    """

    executable: Path
    engine: Engine
    environment: Mapping[str, str] = field(default_factory=dict)

    def create(self, name: str, configuration: Path, image: str, kubeconfig: Path) -> None:
        """Create a cluster; if that fails, what was made of it stays, for its logs.

        Args:
            name: the cluster's name.
            configuration: the file of its configuration.
            image: the image of all its nodes.
            kubeconfig: the file for its administrator's kubeconfig; no other is touched.

        Raises:
            ClusterError: kind could not; with its words, and what they mean.
        """
        options = [f"--config={configuration}", f"--image={image}", f"--kubeconfig={kubeconfig}"]
        self._run(
            "create", "cluster", f"--name={name}", "--retain", *options, seconds=CREATE_SECONDS
        )

    def delete(self, name: str, kubeconfig: Path) -> None:
        """Delete every container of the cluster `name`, and its entries in `kubeconfig`.

        Raises:
            ClusterError: kind could not.
        """
        self._run("delete", "cluster", f"--name={name}", f"--kubeconfig={kubeconfig}")

    def load_archive(self, name: str, archive: Path) -> None:
        """Load the images of an archive into every node of the cluster `name`.

        Raises:
            ClusterError: kind could not.
        """
        self._run("load", "image-archive", f"--name={name}", str(archive))

    def load_image(self, name: str, image: str) -> None:
        """Load an image that Docker has into every node of the cluster `name`.

        Raises:
            ClusterError: kind could not.
        """
        self._run("load", "docker-image", f"--name={name}", image)

    def export_logs(self, name: str, folder: Path) -> None:
        """Write the logs of the nodes of the cluster `name` below a folder.

        Raises:
            ClusterError: kind could not get some of them.
        """
        self._run("export", "logs", f"--name={name}", str(folder))

    def _run(self, *arguments: str, seconds: float = CALL_SECONDS) -> None:
        words = " ".join(arguments[:2])
        try:
            # In a group of its own: an interrupt is ours to handle, and ends all that kind started.
            run(
                [self.executable, *arguments],
                environment={VARIABLE: self.engine.name, **self.environment},
                seconds=seconds,
                own_group=True,
            )
        except ProgramFailed as failed:
            if failed.status is None:
                raise ClusterError(str(failed)) from failed
            raise ClusterError(
                f"`kind {words}` with {self.engine.name} failed{_meaning(failed.output)}\n"
                f"kind said:\n{_relevant(failed.output)}"
            ) from failed


def _meaning(output: str) -> str:
    for pattern, meaning in FAILURES:
        if re.search(pattern, output):
            return f": {meaning}."
    return "."


def _relevant(output: str) -> str:
    """Return the error that ends kind's output, without the many options of the command that failed."""
    _, error, text = output.partition("ERROR: ")
    return last_lines(_COMMAND.sub(r'command "\1 …" failed', error + text if error else output))
