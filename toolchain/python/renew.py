"""Renew the pinned versions of Kubernetes and of the nodes' runtime: what `make versions` runs.

Each minor version of Kubernetes has a file in toolchain/kubernetes, such as 1.36.mod. It requires exactly what that
Kubernetes' own go.mod requires, etcd included. containerd, runc and the CNI plugins have a module each. The versions
that exist come from Go's module proxy, through the go command.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TOOLCHAIN = Path(__file__).resolve().parent.parent
KUBERNETES = TOOLCHAIN / "kubernetes"
SETTINGS = TOOLCHAIN.parent / "maidenhair/config/cluster.py"
MODULE = "k8s.io/kubernetes"
RUNTIME = {
    "containerd": "github.com/containerd/containerd/v2",
    "runc": "github.com/opencontainers/runc",
    "cni-plugins": "github.com/containernetworking/plugins",
}
"""The module of each component of a node, by its folder in toolchain/."""
SHARING = ("coredns", "storage", "helm", "kwok")
"""The folders in toolchain/ of modules with many packages of Kubernetes, which are compiled once in its versions."""
DEFAULT_MINOR = re.compile(r'^DEFAULT_MINOR = "(.*)"$', re.MULTILINE)
TABLE = re.compile(r"^KUBERNETES_VERSIONS = \(.*?\)$", re.MULTILINE | re.DOTALL)
HEAD = """\
// Kubernetes {minor}: exactly the modules of its own go.mod, because others would lift its pinned dependencies.
// Written by `make versions`.
module maidenhair.dev/toolchain/kubernetes

go {go}
"""


def main() -> int:
    """Renew every pinned minor version, and add those of the arguments, such as `1.38`."""
    minors = {file.name.removesuffix(".mod") for file in KUBERNETES.glob("[0-9]*.mod")}
    known = _versions(MODULE)
    pinned = []
    for minor in sorted(minors | set(sys.argv[1:]), key=_numbers):
        version = _newest(MODULE, known, minor)
        if not _requires(KUBERNETES / f"{minor}.mod", MODULE, version):
            _pin_kubernetes(minor, version)
        pinned.append(version)
    for folder, module in RUNTIME.items():
        _renew_runtime(TOOLCHAIN / folder, module)
    default = DEFAULT_MINOR.findall(SETTINGS.read_text())[0]
    kubernetes = _requirements(KUBERNETES / f"{default}.mod")
    for name in SHARING:
        _share(TOOLCHAIN / name, kubernetes)
    table = ", ".join(f'"{version}"' for version in pinned)
    SETTINGS.write_text(TABLE.sub(f"KUBERNETES_VERSIONS = ({table})", SETTINGS.read_text()))
    return 0


def _pin_kubernetes(minor: str, version: str) -> None:
    print(f"Pinning Kubernetes {version} …", file=sys.stderr, flush=True)
    downloaded = json.loads(_go("mod", "download", "-json", f"{MODULE}@v{version}"))
    own = json.loads(_go("mod", "edit", "-json", downloaded["GoMod"]))
    staging = [
        each["Old"]["Path"] for each in own["Replace"] if each["New"]["Path"].startswith("./")
    ]
    of_staging = f"v0.{version.partition('.')[2]}"
    lines = [HEAD.format(minor=minor, go=own["Go"])]
    lines += [f"godebug {each['Key']}={each['Value']}" for each in own.get("Godebug") or ()]
    required = [f"{each['Path']} {each['Version']}" for each in own["Require"]]
    lines += _block("require", [f"{MODULE} v{version}", *required])
    lines += ["", "// The staging modules that Kubernetes' own go.mod replaces by folders."]
    lines += _block("replace", [f"{path} => {path} {of_staging}" for path in staging])
    file = KUBERNETES / f"{minor}.mod"
    file.write_text("\n".join(lines) + "\n")
    file.with_suffix(".sum").unlink(missing_ok=True)
    _go("mod", "tidy", f"-modfile={file.name}", folder=KUBERNETES)


def _block(directive: str, lines: list[str]) -> list[str]:
    return [f"{directive} (", *(f"\t{line}" for line in lines), ")"]


def _renew_runtime(folder: Path, module: str) -> None:
    """Take the newest patch of the minor version that a module pins."""
    version = _pinned(folder / "go.mod", module)
    minor = ".".join(version.split(".")[:2])
    newest = _newest(module, _versions(module), minor)
    if newest != version:
        print(f"Pinning {module} {newest} …", file=sys.stderr, flush=True)
        _go("get", f"{module}@v{newest}", folder=folder)
        _go("mod", "tidy", folder=folder)


def _share(folder: Path, kubernetes: Mapping[str, str]) -> None:
    """Pin the modules that Kubernetes has too at its version, or at a newer one that another module requires."""
    own = _requirements(folder / "go.mod")
    changed = [path for path, version in own.items() if kubernetes.get(path, version) != version]
    if changed:
        print(f"Pinning modules of toolchain/{folder.name} as Kubernetes …", file=sys.stderr)
        _go(
            "mod",
            "edit",
            *(f"-require={path}@{kubernetes[path]}" for path in changed),
            folder=folder,
        )
        _go("mod", "tidy", folder=folder)


def _versions(module: str) -> list[str]:
    known: dict[str, Any] = json.loads(_go("list", "-m", "-versions", "-json", module))
    return [version.removeprefix("v") for version in known["Versions"] if "-" not in version]


def _newest(module: str, versions: list[str], minor: str) -> str:
    patches = [version for version in versions if version.startswith(f"{minor}.")]
    if not patches:
        sys.exit(f"{module} has no version {minor}; it has: {', '.join(versions[-8:])}")
    return max(patches, key=_numbers)


def _pinned(go_mod: Path, module: str) -> str:
    return _requirements(go_mod)[module].removeprefix("v")


def _requirements(go_mod: Path) -> dict[str, str]:
    """Return the version of each module that a go.mod file requires, as replaced by the file."""
    content = json.loads(_go("mod", "edit", "-json", str(go_mod)))
    required = {each["Path"]: each["Version"] for each in content["Require"]}
    replaced = {
        each["Old"]["Path"]: each["New"]["Version"]
        for each in content.get("Replace") or ()
        if each["Old"]["Path"] == each["New"]["Path"]
    }
    return {path: replaced.get(path, version) for path, version in required.items()}


def _requires(file: Path, module: str, version: str) -> bool:
    return file.is_file() and _pinned(file, module) == version


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _go(*arguments: str, folder: Path | None = None) -> str:
    environment = {**os.environ, "GOWORK": "off"}
    command = ["go", *arguments]
    # A folder without go.mod, unless the command is for a module.
    place = folder or Path(tempfile.gettempdir())
    try:
        return subprocess.run(
            command, cwd=place, env=environment, check=True, stdout=subprocess.PIPE, text=True
        ).stdout
    except FileNotFoundError:
        sys.exit("go is not on PATH; install Go")
    except subprocess.CalledProcessError as failed:
        sys.exit(f"`{' '.join(command)}` failed in {place}: exit status {failed.returncode}")


if __name__ == "__main__":
    sys.exit(main())
