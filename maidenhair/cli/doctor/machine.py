"""Checks of the machine: the user, programs, Go, the container engine, the network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import getproxies

from maidenhair._util.process import run
from maidenhair.clusters.existing import ExistingProvider
from maidenhair.clusters.toolchain.hosts import Hosts, host_of
from maidenhair.errors import MaidenhairError, ProgramFailed
from maidenhair.systems.machine_check import MachineCheck

PROGRAM_SECONDS = 10.0
NODE_PROGRAMS = ("unshare", "nsenter", "mount")
ROOT, PROGRAMS = "root", "util-linux"
ENGINE, NETWORK, EXISTING = "container engine", "network", "existing cluster"
ENGINES = ("docker", "podman")
WITHOUT_NETWORK = (
    "nothing can be downloaded or built; "
    "components on PATH, in KUBEBUILDER_ASSETS or in the cache work, and existing clusters that can be reached"
)
NETWORK_COMMAND = "connect the machine to the network, or set HTTPS_PROXY"
ROUTES = Path("/proc/net/route"), Path("/proc/net/ipv6_route")


def check_root() -> MachineCheck:
    """Check that this user may create namespaces and cgroups for nodes."""
    user = os.geteuid()
    if user == 0:
        return MachineCheck(ROOT, "yes")
    return MachineCheck(
        ROOT,
        "",
        f"user {user} may not create namespaces and cgroups",
        "no nodes in embedded clusters; `--profile api` and existing clusters work",
        "run as root",
    )


def check_programs() -> MachineCheck:
    """Check that the programs that create a node's namespaces are installed."""
    missing = [name for name in NODE_PROGRAMS if shutil.which(name) is None]
    if not missing:
        return MachineCheck(PROGRAMS, ", ".join(NODE_PROGRAMS))
    return MachineCheck(
        PROGRAMS,
        "",
        f"{', '.join(missing)} not on PATH",
        "no nodes in embedded clusters; `--profile api` and existing clusters work",
        "install util-linux",
    )


def check_go() -> MachineCheck:
    """Check for Go, which builds components that have no release."""
    answer = _output_of("go", "env", "GOVERSION")
    if answer is not None:
        return MachineCheck("Go", answer.removeprefix("go"))
    return MachineCheck(
        "Go",
        "",
        "not on PATH" if shutil.which("go") is None else "`go env` fails",
        "nothing can be built. The cloud controller manager, Contour and the pause image have no releases, so nodes "
        "work only if the cache has them; `--profile api` works with releases, and existing clusters work",
        "install Go (https://go.dev/doc/install)",
    )


def check_engine() -> MachineCheck:
    """Check that a container engine answers."""
    for engine in ENGINES:
        version = _output_of(engine, "version", "--format", "{{.Server.Version}}")
        if version:
            return MachineCheck(ENGINE, f"{engine} {version}")
    present = [engine for engine in ENGINES if shutil.which(engine)]
    return MachineCheck(
        ENGINE,
        "",
        f"{present[0]} does not answer" if present else "neither Docker nor Podman is on PATH",
        "no kind clusters; embedded and existing clusters work",
        f"start {present[0]}" if present else "install Docker or Podman",
    )


def check_existing(provider: ExistingProvider) -> MachineCheck:
    """Check that the existing cluster answers."""
    try:
        cluster = provider.find()
    except MaidenhairError as error:
        without = "no specs on it; embedded clusters work"
        return MachineCheck(
            EXISTING,
            "",
            str(error),
            without,
            "set MAIDENHAIR_CONTEXT to a context whose cluster answers",
        )
    return MachineCheck(EXISTING, f"context {cluster.context} of {cluster.kubeconfig} answers")


def check_network(hosts: Hosts, releases: Sequence[str]) -> MachineCheck:
    """Check that the hosts of releases answer, and the first proxy in GOPROXY if Go is installed.

    Nothing is downloaded. Hosts of pip and apt are not checked.

    Args:
        hosts: connects to hosts.
        releases: URLs of the hosts of releases.
    """
    if not (_has_route() or {"http", "https", "all"} & set(getproxies())):
        problem = "no route out of this machine, and no proxy in the environment"
        return MachineCheck(NETWORK, "", problem, WITHOUT_NETWORK, NETWORK_COMMAND)
    go_proxy = (_output_of("go", "env", "GOPROXY") or "").replace("|", ",").split(",")[0]
    urls = [*releases, *([go_proxy] if go_proxy.startswith("http") else [])]
    with ThreadPoolExecutor() as executor:
        problems = dict(zip(map(host_of, urls), executor.map(hosts.problem, urls), strict=True))
    reached = [host for host, problem in problems.items() if not problem]
    missing = "; ".join(problem for problem in problems.values() if problem)
    if go_proxy and missing and not reached:
        return MachineCheck(NETWORK, "", missing, WITHOUT_NETWORK, NETWORK_COMMAND)
    found = f"{', '.join(reached)} can be reached" if reached else "a route out of this machine"
    if not missing:
        return MachineCheck(NETWORK, found)
    return MachineCheck(
        NETWORK, found, missing, "components of these hosts are built", NETWORK_COMMAND
    )


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


def _output_of(*command: str) -> str | None:
    """Return the output of a program, or None if it is absent, fails or does not end."""
    if shutil.which(command[0]) is None:
        return None
    try:
        return run(command, folder=Path("/"), seconds=PROGRAM_SECONDS).stdout.strip()
    except ProgramFailed:
        return None
