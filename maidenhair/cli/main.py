"""The `maidenhair` command."""

from __future__ import annotations

import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path

import click

from maidenhair import __version__
from maidenhair._util.progress import Progress
from maidenhair.cli import doctor
from maidenhair.cli import nodes as machine_commands
from maidenhair.cli.options import SettingsGroup, active_kinds, cluster_options
from maidenhair.cli.sweep import sweep_command
from maidenhair.clusters.provider import Cluster, Provider
from maidenhair.clusters.registry import choose_provider, provider_for
from maidenhair.config import Settings
from maidenhair.config.loading import sections
from maidenhair.errors import ConfigurationError, MaidenhairError
from maidenhair.kube import Kube
from maidenhair.suite import session

INTERRUPTED = 130


@click.group(cls=SettingsGroup)
@click.version_option(__version__)
def cli() -> None:
    """End-to-end tests for Kubernetes, in the manner of Ginkgo, on behave."""


@cli.command("setup")
@cluster_options
def setup_command(settings: Settings) -> None:
    """Find, download or build every component; once, kept in the user's cache."""
    progress = Progress()
    settings = choose_provider(settings, progress)
    tools = session.set_up(settings, progress)
    provider = provider_for(settings, progress, session.EXTENSIONS)
    if "nodes" in provider.claims:
        with progress.step("Making the container images"):
            session.prepare_stack(settings, tools, provider)
    width = max(map(len, tools))
    for tool in tools.values():
        click.echo(f"{tool.name:{width}}  {tool.version:10}  {tool.source}")


@cli.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def run(arguments: tuple[str, ...]) -> None:
    """Run behave with the engine: every option of behave's, and the engine's and ours as flags (see --help)."""
    # Imported here: the other commands do without behave.
    from maidenhair.engine.cli import run as run_behave

    sys.exit(run_behave(arguments, sections(active_kinds())))


@cli.command(context_settings={"ignore_unknown_options": True})
@click.option("--format", "form", type=click.Choice(["indent", "json", "csv"]), default="indent")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def outline(arguments: tuple[str, ...], form: str) -> None:
    """List the specs that paths and other ARGUMENTS of behave's name, without running any."""
    from maidenhair.engine.list_specs import outline as outline_of

    click.echo(outline_of(arguments, form))


@cli.command("steps", context_settings={"ignore_unknown_options": True})
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text")
@click.option("--check", is_flag=True, help="Exit with 1 if a phrase is unused or said twice.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def steps_command(arguments: tuple[str, ...], form: str, check: bool) -> None:
    """List the phrases of steps: with an example, the module, and the features that use them.

    ARGUMENTS are paths and other options of behave's.
    """
    from maidenhair.engine import list_steps

    found = list_steps.phrases(arguments)
    if not check:
        click.echo(list_steps.listed(found, form))
    elif wrong := list_steps.complaints(found):
        raise click.ClickException("\n".join(wrong))


@cli.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@cluster_options
def doctor_command(settings: Settings, as_json: bool) -> None:
    """Tell what this machine has and lacks; exit with 1 if what was chosen cannot be had. Nothing is made."""
    diagnosis = doctor.diagnose(settings, Progress())
    if as_json:
        click.echo(json.dumps({**asdict(diagnosis), "usable": diagnosis.usable}, indent=2))
    else:
        click.echo(doctor.text(diagnosis))
    if not diagnosis.usable:
        sys.exit(1)


@cli.group()
def cluster() -> None:
    """Start, look at and remove a cluster."""


@cluster.command()
@click.option("--stack", is_flag=True, help="Deploy the SkyTorch stack too.")
@cluster_options
def up(settings: Settings, stack: bool) -> None:
    """Start the cluster, unless it runs; it stays until `down`."""
    progress = Progress()
    settings = choose_provider(settings, progress)
    provider = provider_for(settings, progress, session.EXTENSIONS)
    if stack and not provider.makes_clusters:
        raise ConfigurationError(
            "nothing is deployed on a cluster that is not maidenhair's own; leave --stack out"
        )
    if stack:
        prepared = session.prepare_stack(settings, session.set_up(settings, progress), provider)
        running = provider.up(prepared.archives)
        session.share_images(provider, prepared)
        session.deploy_stack(running, prepared, progress).close()
    else:
        running = provider.up()
    click.echo(
        f"Cluster {running.name!r} runs. To use it:\n  export KUBECONFIG={running.kubeconfig}"
    )


@cluster.command()
@cluster_options
def down(settings: Settings) -> None:
    """Remove the cluster and all it left, also one that was half made."""
    provider_for(settings, Progress()).down()


@cluster.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@cluster_options
def status(settings: Settings, as_json: bool) -> None:
    """Show every component; exit with 1 if one is dead or there is no cluster."""
    seen = provider_for(settings, Progress()).status()
    if as_json:
        click.echo(json.dumps(asdict(seen), indent=2))
    elif not seen.exists:
        click.echo(
            f"There is no cluster {settings.cluster_name!r}; `maidenhair cluster up` starts one."
        )
    else:
        for node in seen.nodes:
            click.echo(f"{'node':14}  {node.name:24}  {node.state}  {node.reason}".rstrip())
        for state in seen.components:
            click.echo(f"{state.machine:14}  {state.name:24}  {state.state}")
            if state.last_lines:
                click.echo(click.style(state.last_lines, dim=True))
    if not seen.healthy:
        sys.exit(1)


@cluster.command()
@cluster_options
def kubeconfig(settings: Settings) -> None:
    """Print the path of the cluster's kubeconfig."""
    click.echo(_running(settings, provider_for(settings, Progress())).kubeconfig)


@cluster.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@cluster_options
def discover(settings: Settings, as_json: bool) -> None:
    """Look at the running cluster: what it is, what it can do, and what rights are missing."""
    provider = provider_for(settings, Progress())
    running = _running(settings, provider)
    kube = Kube.from_kubeconfig(running.kubeconfig, running.context)
    try:
        report = session.look_at(settings, provider, kube)
    finally:
        kube.close()
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=2))
    else:
        click.echo(report.told(running.name))


@cluster.command("load-image")
@click.argument("archives", nargs=-1, required=True, type=click.Path(path_type=Path))
@cluster_options
def load_image(settings: Settings, archives: tuple[Path, ...]) -> None:
    """Make the images of OCI or docker ARCHIVES known to every node."""
    progress = Progress()
    with progress.step(f"Loading {', '.join(archive.name for archive in archives)}"):
        provider_for(settings, progress).load_images(archives)


cli.add_command(sweep_command)
for command in machine_commands.COMMANDS:
    cluster.add_command(command)


def _running(settings: Settings, provider: Provider) -> Cluster:
    running = provider.find()
    if running is None:
        raise click.ClickException(
            f"there is no cluster {settings.cluster_name!r}; `maidenhair cluster up` starts one"
        )
    return running


def main() -> None:
    """Run the command; an error of maidenhair's own is told in words, and its exit code is the command's."""
    # SIGTERM undoes what is half done, as SIGINT does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except MaidenhairError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        sys.exit(INTERRUPTED)
