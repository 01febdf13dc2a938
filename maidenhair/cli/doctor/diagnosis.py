"""The diagnosis of a machine: its components, its programs, and which ways to run specs are possible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from maidenhair._util.progress import Progress
from maidenhair.cli.doctor import machine
from maidenhair.clusters.embedded.provider import EmbeddedProvider
from maidenhair.clusters.existing import ExistingProvider
from maidenhair.clusters.registry import choose_provider
from maidenhair.clusters.toolchain import Toolchain
from maidenhair.clusters.toolchain.hosts import Hosts, parse_mirrors
from maidenhair.clusters.toolchain.model import Finding
from maidenhair.config.cluster import FRAMEWORK, Settings
from maidenhair.errors import ConfigurationError
from maidenhair.systems.deployment import Preparation, Systems
from maidenhair.systems.machine_check import MachineCheck

PRESENT, TO_MAKE, MISSING = "present", "to make", "missing"
READY = "ready"
RELEASE_HOSTS = ("https://dl.k8s.io", "https://github.com")
SETUP = "maidenhair setup"
PROVIDERS, PROFILES = (FRAMEWORK.settings[name].choices for name in ("provider", "profile"))
REQUIRED = {
    ("embedded", "node"): (machine.ROOT, machine.PROGRAMS),
    ("existing", "node"): (machine.EXISTING,),
    ("kind", "node"): (machine.ENGINE,),
}
"""The machine checks that a provider and a profile require."""


@dataclass(frozen=True)
class Row:
    """A component.

    Attributes:
        name: its name.
        state: "present", "to make" or "missing".
        version: its version, if it is present.
        source: the source that has it, or would make it; empty if it is missing.
        missing: why it is not present; empty if it is.
        command: the command that provides it.
        tried: the sources that do not have it, with reasons.
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
    """A provider and a profile, and whether this machine can run specs with them.

    Attributes:
        name: for example "embedded cluster, profile api".
        state: "ready", "after `maidenhair setup`", or what is missing.
        open: whether specs can run, possibly after `maidenhair setup`.
        chosen: whether the settings choose it.
    """

    name: str
    state: str
    open: bool
    chosen: bool


@dataclass(frozen=True)
class Diagnosis:
    """The result of `maidenhair doctor`.

    Attributes:
        provider, profile, kubernetes_version: the choice of the settings.
        components: the components that this choice needs.
        machine: the checks of the machine.
        ways: all ways to run specs.
    """

    provider: str
    profile: str
    kubernetes_version: str
    components: tuple[Row, ...]
    machine: tuple[MachineCheck, ...]
    ways: tuple[Way, ...]

    @property
    def usable(self) -> bool:
        """Whether specs can run in the chosen way."""
        return all(way.open for way in self.ways if way.chosen)


def diagnose(settings: Settings, progress: Progress) -> Diagnosis:
    """Examine this machine, without changing or downloading anything.

    Raises:
        ToolchainError: a file that pins a component's version cannot be read.
        ConfigurationError: a setting is wrong.
    """
    systems = Systems.of(settings)
    provider = choose_provider(settings, progress).provider or ""
    chosen = _way_of(provider, settings.profile)
    own_checks = [check for each in systems.active for check in each.check_machine()]
    needs = _needs(settings, systems, own_checks, progress, chosen)
    names = [name for need in needs.values() for name in need.components]
    hosts = Hosts()
    toolchain = Toolchain(settings, progress, hosts=hosts, extra=systems.extensions.sources)
    found = {each.name: each for each in toolchain.examine(names)}
    checks = (
        machine.check_root(),
        machine.check_programs(),
        machine.check_go(),
        machine.check_engine(),
        machine.check_network(hosts, _release_hosts(settings)),
        *own_checks,
        *_existing(settings, progress),
    )
    rows = {name: _row(finding, settings.profile) for name, finding in found.items()}
    return Diagnosis(
        provider,
        settings.profile,
        settings.kubernetes_version,
        tuple(rows[name] for name in needs[chosen].components),
        checks,
        tuple(_way(name, need, rows, checks, name == chosen) for name, need in needs.items()),
    )


@dataclass(frozen=True)
class _Need:
    """The requirements of a way to run specs.

    Attributes:
        components: names of components.
        required: names of machine checks that must pass.
        problem: why the settings do not allow this way; empty if they do.
    """

    components: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    problem: str = ""


def _needs(
    settings: Settings,
    systems: Systems,
    checks: Sequence[MachineCheck],
    progress: Progress,
    chosen: str,
) -> Mapping[str, _Need]:
    """Return the requirements of each way, by its name."""
    needs = {}
    of_systems = tuple(check.name for check in checks if check.required)
    for provider in PROVIDERS:
        for profile in PROFILES if provider == EmbeddedProvider.name else ("node",):
            name = _way_of(provider, profile)
            way = settings.model_copy(update={"provider": provider, "profile": profile})
            try:
                components = Preparation(way, systems, progress).component_names()
            except ConfigurationError as error:
                if name == chosen:
                    raise
                needs[name] = _Need(problem=str(error))
            else:
                required = REQUIRED.get((provider, profile), ())
                needs[name] = _Need(
                    components, required + (of_systems if profile == "node" else ())
                )
    return needs


def _existing(settings: Settings, progress: Progress) -> tuple[MachineCheck, ...]:
    """Check that the existing cluster answers, if the settings choose one."""
    if settings.provider != ExistingProvider.name:
        return ()
    return (machine.check_existing(ExistingProvider(settings, progress)),)


def _release_hosts(settings: Settings) -> list[str]:
    """Return the URLs of the hosts that serve releases."""
    mirrors = parse_mirrors(settings.mirrors)
    return [mirrors.get(host, host) for host in RELEASE_HOSTS] if settings.downloads else []


def _way_of(provider: str, profile: str) -> str:
    """Return the name of a way to run specs."""
    if provider == EmbeddedProvider.name:
        return f"{provider} cluster, profile {profile}"
    return f"{provider} cluster"


def _row(finding: Finding, profile: str) -> Row:
    tool, maker = finding.tool, finding.maker
    if tool is not None:
        return Row(finding.name, PRESENT, tool.version, tool.source, "", "", finding.failures)
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
    name: str, need: _Need, rows: Mapping[str, Row], checks: Sequence[MachineCheck], chosen: bool
) -> Way:
    if need.problem:
        return Way(name, f"no: {need.problem}", False, chosen)
    states = {each: rows[each].state for each in need.components}
    to_make = TO_MAKE in states.values()
    # Every maker downloads something.
    names = {*need.required, machine.NETWORK} if to_make else set(need.required)
    lacking = [check.name for check in checks if check.name in names and not check.found]
    lacking += [each for each, state in states.items() if state == MISSING]
    if lacking:
        return Way(name, f"no: {', '.join(lacking)} missing", False, chosen)
    return Way(name, f"after `{SETUP}`" if to_make else READY, True, chosen)


NONE = "-"
NAME_WIDTH = 16


def text(diagnosis: Diagnosis) -> str:
    """Format a diagnosis as three tables: components, the machine, and the ways to run specs."""
    heading = f"For {diagnosis.provider}, profile {diagnosis.profile}, Kubernetes {diagnosis.kubernetes_version}"
    components = [
        (row.name, row.version or NONE, row.source or NONE, row.missing, row.command)
        for row in diagnosis.components
    ]
    ways = [(way.name + (" (chosen)" if way.chosen else ""), way.state) for way in diagnosis.ways]
    parts = [
        [heading, *_table(("component", "version", "source", "missing", "command"), components)],
        ["machine", *(line for check in diagnosis.machine for line in _check(check))],
        _table(("way to run specs", "state"), ways),
    ]
    return "\n\n".join("\n".join(part) for part in parts)


def _check(check: MachineCheck) -> Iterator[str]:
    """Yield the lines of a check: what was found, what is missing, the consequence, and the command that helps."""
    first = "; ".join(filter(None, [check.found, check.missing and f"missing: {check.missing}"]))
    yield f"{check.name:{NAME_WIDTH}}  {first}"
    if check.missing:
        yield f"{'':{NAME_WIDTH}}  without it: {check.without}"
        yield f"{'':{NAME_WIDTH}}  {check.command}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return list(_lines([head, *rows]))


def _lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)]
        yield "  ".join(cells).rstrip()
