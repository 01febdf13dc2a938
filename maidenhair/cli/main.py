"""The `maidenhair` command: its subcommands and exit codes."""

from __future__ import annotations

import signal
import sys

import click

from maidenhair import __version__
from maidenhair.errors import MaidenhairError

INTERRUPTED = 130
COMMANDS = (
    "cache",
    "cluster",
    "doctor",
    "explain",
    "merge",
    "outline",
    "run",
    "setup",
    "steps",
    "sweep",
)


class Commands(click.Group):
    """The subcommands. Each is imported when it is called or its help is shown, because each must start fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the subcommands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a subcommand; None if there is none of this name."""
        match cmd_name:
            case "cache":
                from maidenhair.cli.cache import cache

                return cache
            case "cluster":
                from maidenhair.cli.cluster import cluster

                return cluster
            case "doctor":
                from maidenhair.cli.doctor.command import doctor_command

                return doctor_command
            case "explain":
                from maidenhair.cli.explain.command import explain_command

                return explain_command
            case "merge":
                from maidenhair.cli.merge import merge_command

                return merge_command
            case "outline":
                from maidenhair.cli.run import outline

                return outline
            case "run":
                from maidenhair.cli.run import run

                return run
            case "setup":
                from maidenhair.cli.setup import setup_command

                return setup_command
            case "steps":
                from maidenhair.cli.run import steps_command

                return steps_command
            case "sweep":
                from maidenhair.cli.sweep import sweep_command

                return sweep_command
        return None


@click.group(cls=Commands)
@click.version_option(__version__)
def cli() -> None:
    """Run end-to-end tests on Kubernetes, written as features for behave."""


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
