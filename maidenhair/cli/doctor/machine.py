"""What the machine itself has or lacks: the user's rights, programs, Python, network."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.request import getproxies

from maidenhair._util.process import run
from maidenhair.clusters.existing import ExistingProvider
from maidenhair.clusters.toolchain import debian_packages
from maidenhair.clusters.toolchain.hosts import Hosts, host_of
from maidenhair.errors import MaidenhairError, ProgramFailed
from maidenhair.systems.skytorch.toolchain import COMPILER_ADVICE, compiler_name

ASK_SECONDS = 10.0
PYTHONS = ((3, 11), (3, 14))
NODE_PROGRAMS = ("unshare", "nsenter", "mount")
PYTHON, ROOT, PROGRAMS = "Python", "root", "util-linux"
ENGINE, NETWORK, EXISTING = "container engine", "network", "existing cluster"
ENGINES = ("docker", "podman")
WITHOUT_NETWORK = (
    "nothing is fetched, so nothing is made; "
    "what is on PATH, in KUBEBUILDER_ASSETS or cached works, and existing clusters that can be reached"
)
NETWORK_COMMAND = "see to the network, or set HTTPS_PROXY"
ROUTES = Path("/proc/net/route"), Path("/proc/net/ipv6_route")


@dataclass(frozen=True)
class Check:
    """One thing of the machine.

    Attributes:
        name: what was looked for.
        found: what there is of it; empty if it is missing.
        missing: why it does not serve; empty if it does.
        without: what cannot be done without it, and what still can.
        command: what helps.
    """

    name: str
    found: str
    missing: str = ""
    without: str = ""
    command: str = ""


def check_python(version: tuple[int, int, int] = sys.version_info[:3]) -> Check:
    """Return whether SkyTorch and torch can be had for this Python."""
    shown = f"{'.'.join(map(str, version))} ({sys.executable})"
    if PYTHONS[0] <= version[:2] <= PYTHONS[1]:
        return Check(PYTHON, shown)
    return Check(
        PYTHON,
        "",
        f"{shown} is not 3.11 to 3.14, which torch and SkyTorch are for",
        "no specs of SkyTorch; `--profile api` works",
        "make environment MAIDENHAIR_PYTHON=python3.13",
    )


def check_root() -> Check:
    """Return whether this user may make namespaces and cgroups for nodes."""
    user = os.geteuid()
    if user == 0:
        return Check(ROOT, "yes")
    return Check(
        ROOT,
        "",
        f"user {user} may not make the namespaces and cgroups of nodes",
        "no nodes in embedded clusters; `--profile api` and existing clusters work",
        "run as root",
    )


def check_programs() -> Check:
    """Return whether the programs that make a node's namespaces are there."""
    missing = [name for name in NODE_PROGRAMS if shutil.which(name) is None]
    if not missing:
        return Check(PROGRAMS, ", ".join(NODE_PROGRAMS))
    return Check(
        PROGRAMS,
        "",
        f"{', '.join(missing)} not on PATH",
        "no nodes in embedded clusters; `--profile api` and existing clusters work",
        "install util-linux",
    )


def check_go() -> Check:
    """Return the Go that would build what is neither there nor released."""
    answer = _ask("go", "env", "GOVERSION")
    if answer is not None:
        return Check("Go", answer.removeprefix("go"))
    return Check(
        "Go",
        "",
        "not on PATH" if shutil.which("go") is None else "`go env` fails",
        "nothing is built: addresses for services of type LoadBalancer, Contour and the pause image exist only as "
        "builds, so nodes need them cached; `--profile api` works with releases, and existing clusters work",
        "install Go (https://go.dev/doc/install)",
    )


def check_compiler() -> Check:
    """Return the C++ compiler that would build SkyTorch."""
    compiler = compiler_name()
    found = shutil.which(compiler)
    if found:
        return Check("C++ compiler", found)
    able = os.geteuid() == 0 and debian_packages.obstacle("g++") is None
    return Check(
        "C++ compiler",
        "",
        f"{compiler} is not on PATH" + ("; `maidenhair setup` installs g++" if able else ""),
        "SkyTorch is not built, so its specs need it cached; `--profile api` works",
        COMPILER_ADVICE,
    )


def check_engine() -> Check:
    """Return the container engine that answers."""
    for engine in ENGINES:
        version = _ask(engine, "version", "--format", "{{.Server.Version}}")
        if version:
            return Check(ENGINE, f"{engine} {version}")
    present = [engine for engine in ENGINES if shutil.which(engine)]
    return Check(
        ENGINE,
        "",
        f"{present[0]} does not answer" if present else "neither Docker nor Podman is on PATH",
        "no KinD clusters; embedded and existing clusters work",
        f"start {present[0]}" if present else "install Docker or Podman",
    )


def check_existing(provider: ExistingProvider) -> Check:
    """Return whether the cluster of the context that was named answers."""
    try:
        cluster = provider.find()
    except MaidenhairError as error:
        without = "no specs on it; embedded clusters work"
        return Check(
            EXISTING, "", str(error), without, "set MAIDENHAIR_CONTEXT to one that answers"
        )
    return Check(EXISTING, f"context {cluster.context} of {cluster.kubeconfig} answers")


def check_network(hosts: Hosts, releases: Sequence[str]) -> Check:
    """Return which hosts answer: those of releases, and Go's proxy where there is Go.

    Nothing is fetched. Go's proxy is the first one that GOPROXY names; what pip and apt ask is theirs to know.

    Args:
        hosts: what asks them.
        releases: URLs of the hosts of releases.
    """
    if not (_has_route() or {"http", "https", "all"} & set(getproxies())):
        problem = "no route out of this machine, and no proxy in the environment"
        return Check(NETWORK, "", problem, WITHOUT_NETWORK, NETWORK_COMMAND)
    go_proxy = (_ask("go", "env", "GOPROXY") or "").replace("|", ",").split(",")[0]
    asked = [*releases, *([go_proxy] if go_proxy.startswith("http") else [])]
    with ThreadPoolExecutor() as executor:
        problems = dict(zip(map(host_of, asked), executor.map(hosts.problem, asked), strict=True))
    reached = [host for host, problem in problems.items() if not problem]
    missing = "; ".join(problem for problem in problems.values() if problem)
    if go_proxy and missing and not reached:
        return Check(NETWORK, "", missing, WITHOUT_NETWORK, NETWORK_COMMAND)
    found = f"{', '.join(reached)} can be reached" if reached else "a route out of this machine"
    if not missing:
        return Check(NETWORK, found)
    return Check(NETWORK, found, missing, "what these hosts release is built", NETWORK_COMMAND)


def _has_route() -> bool:
    """Return whether the kernel has a default route."""
    tables = [file.read_text().splitlines() for file in ROUTES if file.is_file()]
    return any(_is_default(line) for table in tables for line in table)


def _is_default(line: str) -> bool:
    words = line.split()
    # IPv4: device, destination and gateway first; IPv6: destination and length first, device last.
    if len(words) == 11:
        return words[1] == "00000000"
    return words[:2] == ["0" * 32, "00"] and words[-1] != "lo"


def _ask(*command: str) -> str | None:
    """Return what a program prints; None if it is absent, fails or does not end."""
    if shutil.which(command[0]) is None:
        return None
    try:
        return run(command, folder=Path("/"), seconds=ASK_SECONDS).stdout.strip()
    except ProgramFailed:
        return None
