"""The container runtime of a node: the executables that it uses, and its configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maidenhair._util.process import run
from maidenhair.errors import ClusterError, ProgramFailed

SOCKET = "/run/containerd/containerd.sock"
SPEC_SECONDS = 60.0


@dataclass(frozen=True)
class NodeTools:
    """The executables, plugins and images that a node uses.

    Attributes:
        executables: the paths of containerd, ctr, runc, kubelet and kube-proxy, by name.
        search: the folders of further executables (runc, iptables), for PATH.
        cni_plugins: the folder of the CNI plugins.
        environment: environment variables that the executables need.
        mounts: folders of this machine that are mounted read-only into every container; maps the path in the container
            to the folder.
        pause_image: the name of the pods' pause image.
    """

    executables: Mapping[str, Path]
    search: Sequence[Path]
    cni_plugins: Path
    environment: Mapping[str, str]
    mounts: Mapping[str, str]
    pause_image: str


def write_runtime_configuration(tools: NodeTools, folder: Path) -> None:
    """Write the configuration of containerd, and the specification that every container starts from.

    Args:
        tools: the executables, plugins and images of the node.
        folder: the folder of the node's files.

    Raises:
        ClusterError: containerd's client could not make the specification.
    """
    (folder / "containerd.toml").write_text(_containerd(tools, folder))
    (folder / "container.json").write_text(json.dumps(_container_spec(tools)))


def _containerd(tools: NodeTools, folder: Path) -> str:
    runc = {
        "runtime_type": "io.containerd.runc.v2",
        "base_runtime_spec": str(folder / "container.json"),
        "options": {"BinaryName": str(tools.executables["runc"]), "SystemdCgroup": False},
    }
    runtime = {
        # Some machines do not allow a lower OOM score, and runc fails there if it tries.
        "restrict_oom_score_adj": True,
        "disable_apparmor": True,
        "cni": {
            "bin_dirs": [str(tools.cni_plugins)],
            "conf_dir": str(folder / "cni"),
        },
        "containerd": {"default_runtime_name": "runc", "runtimes": {"runc": runc}},
    }
    images = {
        "snapshotter": "overlayfs",
        "pinned_images": {"sandbox": tools.pause_image},
    }
    tables: dict[str, dict[str, Any]] = {
        "grpc": {"address": SOCKET},
        'plugins."io.containerd.cri.v1.runtime"': runtime,
        'plugins."io.containerd.cri.v1.images"': images,
        'plugins."io.containerd.internal.v1.opt"': {"path": str(folder / "opt")},
    }
    head = {"version": 3, "root": str(folder / "containerd"), "state": "/run/containerd"}
    return _toml(head) + "".join(_toml(table, name) for name, table in tables.items())


def _container_spec(tools: NodeTools) -> dict[str, Any]:
    ctr = [str(tools.executables["ctr"]), "oci", "spec"]
    try:
        spec: dict[str, Any] = json.loads(run(ctr, seconds=SPEC_SECONDS).stdout)
    except ProgramFailed as failed:
        raise ClusterError(str(failed)) from failed
    for path, folder in tools.mounts.items():
        mount = {"destination": path, "type": "bind", "source": folder}
        spec["mounts"].append({**mount, "options": ["rbind", "ro"]})
    return spec


def _toml(table: Mapping[str, Any], name: str = "") -> str:
    lines = [f"[{name}]"] if name else []
    lines += [
        f"{key} = {json.dumps(value)}"
        for key, value in table.items()
        if not isinstance(value, dict)
    ]
    nested = [
        _toml(value, f"{name}.{key}") for key, value in table.items() if isinstance(value, dict)
    ]
    return "\n".join(lines) + "\n" + "".join(nested)
