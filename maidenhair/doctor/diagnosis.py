"""Components, machine, and which ways to run specs they leave open."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from maidenhair import session
from maidenhair.clusters.choice import with_provider
from maidenhair.clusters.toolchain import Toolchain
from maidenhair.clusters.toolchain.finding import Finding
from maidenhair.clusters.toolchain.hosts import Hosts
from maidenhair.clusters.toolchain.mirrors import parse_mirrors
from maidenhair.config import Settings
from maidenhair.doctor import machine
from maidenhair.doctor.machine import ENGINE, Check
from maidenhair.progress import Progress

THERE, TO_MAKE, MISSING = "there", "to make", "missing"
READY = "ready"
RELEASE_HOSTS = ("https://dl.k8s.io", "https://github.com")
SETUP = "maidenhair setup"
KIND = "kind cluster"
EXISTING = "existing cluster"


@dataclass(frozen=True)
class Row:
    """A component.

    Attributes:
        name: its name.
        state: "there", "to make" or "missing".
        version: its version, if it is there.
        source: where it comes from or would be made from; empty if it is missing.
        missing: why it is not there; empty if it is.
        command: what gets it.
        tried: where it was looked for in vain, and why.
    """

    name: str
    state: str
    version: str
    source: str
    missing: str
    command: str
    tried: tuple[str, ...]


@dataclass(frozen=True)
class Way:
    """A way to run specs: "ready", or what it takes.

    Attributes:
        name: the way, in words.
        state: "ready", "after `maidenhair setup`", or what it lacks.
        open: whether nothing is missing that cannot be made.
        chosen: whether it is the one that the settings choose.
    """

    name: str
    state: str
    open: bool
    chosen: bool


@dataclass(frozen=True)
class Diagnosis:
    """What was found.

    Attributes:
        provider, profile, kubernetes_version: what the settings choose.
        components: what that needs.
        machine: what the machine has or lacks.
        ways: which ways to run specs are open.
    """

    provider: str
    profile: str
    kubernetes_version: str
    components: tuple[Row, ...]
    machine: tuple[Check, ...]
    ways: tuple[Way, ...]

    @property
    def usable(self) -> bool:
        """Whether all that the chosen way needs is there or can be made."""
        return all(way.open for way in self.ways if way.chosen)


def diagnose(settings: Settings, progress: Progress) -> Diagnosis:
    """Return what this machine has and lacks; nothing is made, installed or downloaded.

    Raises:
        ToolchainError: a file that pins a component's version cannot be read.
        ConfigurationError: a setting is wrong.
    """
    settings = with_provider(settings, progress)
    needs = _needs(settings, progress)
    names = [name for components, _ in needs.values() for name in components]
    hosts = Hosts()
    toolchain = Toolchain(settings, progress, hosts=hosts)
    found = {each.name: each for each in toolchain.examine(names)}
    checks = (
        machine.check_python(),
        machine.check_root(),
        machine.check_programs(),
        machine.check_go(),
        machine.check_compiler(),
        machine.check_engine(),
        machine.check_network(hosts, _release_hosts(settings)),
    )
    chosen = _chosen(settings)
    rows = {name: _row(finding, settings.profile) for name, finding in found.items()}
    return Diagnosis(
        settings.provider or "",
        settings.profile,
        settings.kubernetes_version,
        tuple(rows[name] for name in dict.fromkeys(needs[chosen][0])),
        checks,
        tuple(
            _way(name, [rows[each] for each in components], required, checks, name == chosen)
            for name, (components, required) in needs.items()
        ),
    )


Need = tuple[tuple[str, ...], tuple[str, ...]]
"""The components that a way to run specs needs, and the names of the checks that it cannot do without."""


def _needs(settings: Settings, progress: Progress) -> Mapping[str, Need]:
    """Return what each way needs, by its name."""

    def components(provider: str, profile: str) -> tuple[str, ...]:
        chosen = replace(settings, provider=provider, profile=profile)
        return session.needed_components(chosen, progress)

    ways: dict[str, Need] = {
        _embedded("node"): (components("embedded", "node"), ("Python", "root", "util-linux")),
        _embedded("api"): (components("embedded", "api"), ()),
        KIND: (components("kind", "node"), ("Python", ENGINE)),
        EXISTING: (("kubectl", "skytorch-python"), ("Python",)),
    }
    return ways


def _release_hosts(settings: Settings) -> list[str]:
    """Return the URLs of the hosts that releases are downloaded from."""
    mirrors = parse_mirrors(settings.mirrors)
    return [mirrors.get(host, host) for host in RELEASE_HOSTS] if settings.downloads else []


def _chosen(settings: Settings) -> str:
    ways = {"kind": KIND, "existing": EXISTING}
    return ways.get(settings.provider or "", _embedded(settings.profile))


def _embedded(profile: str) -> str:
    return f"embedded cluster, profile {profile}"


def _row(finding: Finding, profile: str) -> Row:
    tool, maker = finding.tool, finding.maker
    if tool is not None:
        return Row(finding.name, THERE, tool.version, tool.source, "", "", finding.failures)
    if maker is not None:
        missing = f"not made yet: {maker.action}, {_about(maker.seconds)}"
        command = SETUP if profile == "node" else f"{SETUP} --profile {profile}"
        return Row(finding.name, TO_MAKE, "", maker.label, missing, command, finding.failures)
    reasons = "; ".join(dict.fromkeys(each.reason for each in finding.obstacles))
    remedies = ", or ".join(dict.fromkeys(each.remedy for each in finding.obstacles))
    return Row(finding.name, MISSING, "", "", reasons, remedies, finding.failures)


def _about(seconds: float) -> str:
    return "under a minute" if seconds < 60 else f"about {seconds / 60:.0f} min"


def _way(
    name: str, rows: Sequence[Row], required: Collection[str], checks: Sequence[Check], chosen: bool
) -> Way:
    to_make = any(row.state == TO_MAKE for row in rows)
    # What is made is fetched.
    names = {*required, "network"} if to_make else set(required)
    lacking = [check.name for check in checks if check.name in names and not check.found]
    lacking += [row.name for row in rows if row.state == MISSING]
    if lacking:
        return Way(name, f"no: {', '.join(lacking)} missing", False, chosen)
    return Way(name, f"after `{SETUP}`" if to_make else READY, True, chosen)
