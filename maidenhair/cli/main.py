"""The `maidenhair` command: its subcommands and exit codes."""

from __future__ import annotations

import signal
import sys

import click

from maidenhair import __version__
from maidenhair.cli.cache import cache
from maidenhair.cli.cluster import cluster
from maidenhair.cli.doctor.command import doctor_command
from maidenhair.cli.explain.command import explain_command
from maidenhair.cli.merge import merge_command
from maidenhair.cli.options import SettingsGroup
from maidenhair.cli.run import outline, run, steps_command
from maidenhair.cli.setup import setup_command
from maidenhair.cli.sweep import sweep_command
from maidenhair.errors import MaidenhairError

INTERRUPTED = 130


@click.group(cls=SettingsGroup)
@click.version_option(__version__)
def cli() -> None:
    """Run end-to-end tests on Kubernetes, written as features for behave."""


for command in (
    setup_command,
    run,
    outline,
    merge_command,
    steps_command,
    doctor_command,
    explain_command,
    cluster,
    cache,
    sweep_command,
):
    cli.add_command(command)


def main() -> None:
    """Run the command. Print errors of maidenhair without a traceback, and exit with their exit codes."""
    # So that SIGTERM runs cleanups, as SIGINT does.
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
