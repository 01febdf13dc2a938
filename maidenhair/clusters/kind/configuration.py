"""The configuration of a kind cluster: a configuration file of kind, and a node image."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from maidenhair._util.data import data_folder
from maidenhair.config.cluster import Settings
from maidenhair.errors import ConfigurationError

BY_NODES = {1: "single-node", 3: "three-nodes"}
"""The name of the configuration in kind/ by the number of nodes, the control-plane node included."""
NODE_IMAGES = "node-images.yaml"
MARK_IN_NODE = "/etc/maidenhair-cluster"


@dataclass(frozen=True)
class Configuration:
    """The configuration of a cluster.

    Attributes:
        name: the configuration's name in kind/, or the path of the user's file.
        text: the content of the file.
        image: the node image.
    """

    name: str
    text: str
    image: str

    @property
    def digest(self) -> str:
        """A digest of the content, because the file may change under the same name."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def workers(self) -> int:
        """The number of nodes that run pods. A control-plane node runs pods only if it is the only node."""
        roles = [node.get("role", "control-plane") for node in self._nodes()]
        return 1 if len(roles) <= 1 else roles.count("worker")

    def write(self, file: Path, mark: Path) -> None:
        """Write the configuration for kind, with a mount that marks every node as created by maidenhair.

        Args:
            file: the file to write.
            mark: the file on this machine to mount; each cluster has its own.
        """
        mount = {"hostPath": str(mark), "containerPath": MARK_IN_NODE, "readOnly": True}
        nodes = [
            {**node, "extraMounts": [*(node.get("extraMounts") or []), mount]}
            for node in self._nodes() or [{"role": "control-plane"}]
        ]
        file.write_text(yaml.safe_dump({**yaml.safe_load(self.text), "nodes": nodes}))

    def _nodes(self) -> list[dict[str, Any]]:
        return list(yaml.safe_load(self.text).get("nodes") or [])


def choose_configuration(settings: Settings) -> Configuration:
    """Return the configuration that the settings choose.

    Raises:
        ConfigurationError: the file cannot be read or is not a mapping with a list of nodes; or there is no
            configuration for the number of nodes, or no node image for the version of Kubernetes.
    """
    if settings.profile == "api":
        raise ConfigurationError(
            "MAIDENHAIR_PROFILE=api: kind cannot create a control plane without nodes; use "
            "MAIDENHAIR_PROVIDER=embedded"
        )
    folder = data_folder("kind")
    name = settings.kind_configuration or _name_by_nodes(settings.nodes, folder)
    own = folder / f"{name}.yaml"
    file = own if own.is_file() else Path(name).expanduser()
    text = _with_gates(_read(file, folder), settings.feature_gates)
    image = settings.kind_node_image or _node_image(settings.kubernetes_version, folder)
    return Configuration(name if file == own else str(file.resolve()), text, image)


def configuration_names(folder: Path) -> list[str]:
    """Return the names of the configurations in kind/."""
    return sorted(path.stem for path in folder.glob("*.yaml") if path.name != NODE_IMAGES)


def _name_by_nodes(count: int, folder: Path) -> str:
    if count not in BY_NODES:
        known = ", ".join(configuration_names(folder))
        raise ConfigurationError(
            f"MAIDENHAIR_NODES={count}: there is no kind configuration with {count} nodes; use "
            f"{' or '.join(map(str, BY_NODES))}, or set MAIDENHAIR_KIND_CONFIG to one of {known} or to a file"
        )
    return BY_NODES[count]


def _read(file: Path, folder: Path) -> str:
    known = ", ".join(configuration_names(folder))
    problem = f"{file} is not a kind configuration (MAIDENHAIR_KIND_CONFIG takes a file, or one of {known}): "
    try:
        text = file.read_text()
        loaded = yaml.safe_load(text)
    except OSError as error:
        raise ConfigurationError(f"{problem}{error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{problem}{error}") from error
    nodes = loaded.get("nodes") or [] if isinstance(loaded, dict) else None
    if not isinstance(nodes, list) or not all(isinstance(node, dict) for node in nodes):
        raise ConfigurationError(f"{problem}it is not a mapping with a list of nodes")
    return text


def _with_gates(text: str, gates: Sequence[str]) -> str:
    if not gates:
        return text
    content = yaml.safe_load(text)
    requested = {name: value == "true" for name, value in (gate.split("=") for gate in gates)}
    own = content.get("featureGates") or {}
    return yaml.safe_dump({**content, "featureGates": {**own, **requested}})


def _node_image(version: str, folder: Path) -> str:
    images: dict[str, str] = yaml.safe_load((folder / NODE_IMAGES).read_text())
    minor = ".".join(version.split(".")[:2])
    if minor not in images:
        raise ConfigurationError(
            f"kind has no known node image for Kubernetes {version}; set MAIDENHAIR_KUBERNETES_VERSION to one of "
            f"{', '.join(images)}, or MAIDENHAIR_KIND_NODE_IMAGE to a node image"
        )
    return images[minor]
