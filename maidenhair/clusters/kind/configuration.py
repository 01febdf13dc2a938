"""What a kind cluster is made of: one of kind's configurations, and a node image."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from maidenhair._util.data import data_folder
from maidenhair.config.cluster import Settings
from maidenhair.errors import ConfigurationError

BY_NODES = {1: "single-node", 3: "three-nodes"}
"""The configuration in kind/ of so many nodes, the control-plane node included."""
NODE_IMAGES = "node-images.yaml"
MARK_IN_NODE = "/etc/maidenhair-cluster"


@dataclass(frozen=True)
class Configuration:
    """What a cluster is made of.

    Attributes:
        name: the configuration's name in kind/, or the path of the user's own.
        text: what is in the file.
        image: the node image.
    """

    name: str
    text: str
    image: str

    @property
    def digest(self) -> str:
        """A digest of the file, to tell it from a later one of the same name."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def workers(self) -> int:
        """How many nodes take pods: a control-plane node does only where it is the only node."""
        roles = [node.get("role", "control-plane") for node in self._nodes()]
        return 1 if len(roles) <= 1 else roles.count("worker")

    def write(self, file: Path, mark: Path) -> None:
        """Write the configuration for kind, with `mark` mounted into every node, by which its owner is known.

        Args:
            file: the file to write.
            mark: a file of this machine that no other cluster's nodes see.
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
    """Return what the settings' cluster is made of.

    Raises:
        ConfigurationError: the file cannot be read or is no mapping with a list of nodes, there is none for so many
            nodes, or no node image is known for the version of Kubernetes.
    """
    if settings.profile == "api":
        raise ConfigurationError(
            "kind makes clusters with nodes only: for the control plane alone (MAIDENHAIR_PROFILE=api) use "
            "MAIDENHAIR_PROVIDER=embedded"
        )
    folder = data_folder("kind")
    name = settings.kind_configuration or _name_by_nodes(settings.nodes, folder)
    own = folder / f"{name}.yaml"
    file = own if own.is_file() else Path(name).expanduser()
    text = _read(file, folder)
    image = settings.kind_node_image or _node_image(settings.kubernetes_version, folder)
    return Configuration(name if file == own else str(file.resolve()), text, image)


def configuration_names(folder: Path) -> list[str]:
    """Return the names of the configurations in kind/."""
    return sorted(path.stem for path in folder.glob("*.yaml") if path.name != NODE_IMAGES)


def _name_by_nodes(count: int, folder: Path) -> str:
    if count not in BY_NODES:
        known = ", ".join(configuration_names(folder))
        raise ConfigurationError(
            f"there is no kind configuration of {count} nodes: use {' or '.join(map(str, BY_NODES))} "
            f"(MAIDENHAIR_NODES), or name one by MAIDENHAIR_KIND_CONFIG: {known}, or a file of your own"
        )
    return BY_NODES[count]


def _read(file: Path, folder: Path) -> str:
    known = ", ".join(configuration_names(folder))
    problem = f"{file} is no kind configuration (MAIDENHAIR_KIND_CONFIG takes a file, or one of {known}): "
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


def _node_image(version: str, folder: Path) -> str:
    images: dict[str, str] = yaml.safe_load((folder / NODE_IMAGES).read_text())
    minor = ".".join(version.split(".")[:2])
    if minor not in images:
        raise ConfigurationError(
            f"no node image of kind's is known for Kubernetes {version}; known are those of {', '.join(images)} "
            "(MAIDENHAIR_KUBERNETES_VERSION), and MAIDENHAIR_KIND_NODE_IMAGE takes any other"
        )
    return images[minor]
