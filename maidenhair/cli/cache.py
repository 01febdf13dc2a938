"""`maidenhair cache`: list, remove, export and import downloaded and built components."""

from __future__ import annotations

from pathlib import Path

import click

from maidenhair._util import paths
from maidenhair._util.progress import Progress
from maidenhair.cli.options import SettingsCommand, SettingsGroup, cluster_options
from maidenhair.clusters.registry import choose_provider
from maidenhair.clusters.toolchain import Toolchain
from maidenhair.clusters.toolchain.entries.archive import export_entries, import_entries
from maidenhair.clusters.toolchain.entries.inventory import Listed, list_entries, prune
from maidenhair.config.cluster import Settings
from maidenhair.errors import ToolchainError
from maidenhair.systems.deployment import Preparation, Systems

MEBIBYTE = 1024 * 1024
ARCHIVE = click.Path(dir_okay=False, path_type=Path)


@click.group("cache", cls=SettingsGroup)
def cache() -> None:
    """Show, remove, export and import downloaded and built components."""


@cache.command("list")
def list_command() -> None:
    """List the components in the cache, with their sizes and when they were last used."""
    entries = list_entries(_folder(), paths.state_dir())
    _print(entries)
    click.echo(f"{len(entries)} in {_folder()}: {_total(entries)}")


@cache.command("prune")
@click.option(
    "--unused-for",
    "days",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    help="Remove what no command used for this number of days.",
)
def prune_command(days: float) -> None:
    """Remove components that were not used for a while. What a cluster or a process uses stays."""
    removed = prune(_folder(), paths.state_dir(), days)
    _print(removed)
    click.echo(f"{len(removed)} removed: {_total(removed)}")


@cache.command("export", cls=SettingsCommand)
@click.argument("file", type=ARCHIVE)
@cluster_options
def export_command(settings: Settings, file: Path) -> None:
    """Write the components that these settings need to FILE, for `maidenhair cache import` on another machine."""
    progress = Progress()
    settings = choose_provider(settings, progress)
    systems = Systems.of(settings)
    names = Preparation(settings, systems, progress).component_names()
    toolchain = Toolchain(settings, progress, extra=systems.extensions.sources)
    entries: dict[str, None] = {}
    for finding in toolchain.examine(names):
        if finding.tool is None:
            raise ToolchainError(
                f"{finding.name} is not on this machine yet; run `maidenhair setup` first"
            )
        if finding.tool.path.is_relative_to(_folder()):
            entries[finding.tool.path.relative_to(_folder()).parts[0]] = None
    with progress.step(f"Exporting {len(entries)} entries of the cache to {file}"):
        export_entries([_folder() / name for name in entries], file)


@cache.command("import")
@click.argument("file", type=ARCHIVE)
def import_command(file: Path) -> None:
    """Read components from FILE, which `maidenhair cache export` wrote. Each is verified before it is used."""
    with Progress().step(f"Importing {file}"):
        added, present = import_entries(file, _folder())
    for name in added:
        click.echo(name)
    click.echo(f"{len(added)} imported, {len(present)} were in the cache already")


def _folder() -> Path:
    return paths.cache_dir() / "tools"


def _print(entries: list[Listed]) -> None:
    width = max((len(entry.name) for entry in entries), default=0)
    for entry in entries:
        used = "in use" if entry.in_use else f"last used {entry.idle_days:.0f} days ago"
        click.echo(f"{entry.name:{width}}  {entry.size / MEBIBYTE:7.1f} MiB  {used}")


def _total(entries: list[Listed]) -> str:
    return f"{sum(entry.size for entry in entries) / MEBIBYTE:.1f} MiB"
