"""The `maidenhair` command: its subcommands and exit codes."""

from __future__ import annotations

import signal
import sys
from importlib import import_module

import click

from maidenhair import __version__
from maidenhair.errors import MaidenhairError

INTERRUPTED = 130
COMMANDS = {
    "cache": "maidenhair.cli.cache:cache",
    "cluster": "maidenhair.cli.cluster:cluster",
    "doctor": "maidenhair.cli.doctor.command:doctor_command",
    "explain": "maidenhair.cli.explain.command:explain_command",
    "merge": "maidenhair.cli.merge:merge_command",
    "outline": "maidenhair.cli.run:outline",
    "run": "maidenhair.cli.run:run",
    "setup": "maidenhair.cli.setup:setup_command",
    "steps": "maidenhair.cli.run:steps_command",
    "sweep": "maidenhair.cli.sweep:sweep_command",
}
"""The subcommands: where each is defined."""


class Commands(click.Group):
    """The subcommands. Each is imported when it is called or its help is shown, because each must start fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the subcommands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a subcommand; None if there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command), f"{COMMANDS[cmd_name]} is no command"
        return command


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
