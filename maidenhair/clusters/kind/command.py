"""The kind command: its calls, and explanations of its failures."""

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
        "a port of this machine that the configuration maps is taken, and two clusters cannot share it: "
        "remove the other cluster (`kind get clusters` lists them), or end the program that "
        "listens on the port (`ss -ltnp` lists them)",
    ),
    (
        r"already exist for a cluster with the name",
        "another process has just created a kind cluster of that name: set MAIDENHAIR_CLUSTER_NAME to another name",
    ),
    (
        r"failed to pull image",
        "an image other than the node image is missing and cannot be pulled: load it into the container engine",
    ),
    (
        r"unable to decode config|unknown apiVersion|unknown kind|could not determine kind|invalid configuration for"
        r"|must have at least one control-plane|invalid ",
        "kind does not accept the configuration: correct the file that MAIDENHAIR_KIND_CONFIG names",
    ),
    (r"failed to get (docker|podman) info", "the container engine does not answer: start it"),
)
"""Patterns in kind's output, each with an explanation for the user. The first match counts."""
_COMMAND = re.compile(r'command "(\w+ \w+) .*" failed', re.DOTALL)


@dataclass(frozen=True)
class Kind:
    """The kind command with one engine.

    Attributes:
        executable: the kind executable.
        engine: the container engine that kind uses.
        environment: variables to add to this process's environment.
    """

    executable: Path
    engine: Engine
    environment: Mapping[str, str] = field(default_factory=dict)

    def create(self, name: str, configuration: Path, image: str, kubeconfig: Path) -> None:
        """Create a cluster. If that fails, its containers stay, because their logs explain the failure.

        Args:
            name: the cluster's name.
            configuration: the kind configuration file.
            image: the node image.
            kubeconfig: the file for the administrator's kubeconfig; no other kubeconfig is changed.

        Raises:
            ClusterError: kind failed; the message has its output and an explanation.
        """
        options = [f"--config={configuration}", f"--image={image}", f"--kubeconfig={kubeconfig}"]
        self._run(
            "create", "cluster", f"--name={name}", "--retain", *options, seconds=CREATE_SECONDS
        )

    def delete(self, name: str, kubeconfig: Path) -> None:
        """Delete every container of a cluster, and its entries in a kubeconfig.

        Raises:
            ClusterError: kind failed.
        """
        self._run("delete", "cluster", f"--name={name}", f"--kubeconfig={kubeconfig}")

    def load_archive(self, name: str, archive: Path) -> None:
        """Load the images of an archive into every node of a cluster.

        Raises:
            ClusterError: kind failed.
        """
        self._run("load", "image-archive", f"--name={name}", str(archive))

    def load_image(self, name: str, image: str) -> None:
        """Load an image that Docker has into every node of a cluster.

        Raises:
            ClusterError: kind failed.
        """
        self._run("load", "docker-image", f"--name={name}", image)

    def export_logs(self, name: str, folder: Path) -> None:
        """Write the logs of a cluster's nodes into a folder.

        Raises:
            ClusterError: kind could not read some logs.
        """
        self._run("export", "logs", f"--name={name}", str(folder))

    def _run(self, *arguments: str, seconds: float = CALL_SECONDS) -> None:
        subcommand = " ".join(arguments[:2])
        try:
            # In its own process group: an interrupt reaches maidenhair alone, which then kills kind and its children.
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
                f"`kind {subcommand}` with {self.engine.name} failed{_explanation(failed.output)}\n"
                f"output of kind:\n{_shortened(failed.output)}"
            ) from failed


def _explanation(output: str) -> str:
    for pattern, explanation in FAILURES:
        if re.search(pattern, output):
            return f": {explanation}."
    return "."


def _shortened(output: str) -> str:
    """Return the error at the end of kind's output, without the options of the command that failed."""
    _, error, text = output.partition("ERROR: ")
    return last_lines(_COMMAND.sub(r'command "\1 …" failed', error + text if error else output))
