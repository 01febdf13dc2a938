"""`maidenhair run`, `outline` and `steps`: run specs, list specs, list phrases."""

from __future__ import annotations

import sys

import click

from maidenhair.cli.options import active_kinds
from maidenhair.config.loading import sections


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def run(arguments: tuple[str, ...]) -> None:
    """Run specs. All options of behave work, and all settings are flags (see --help)."""
    # Imported here, because other commands must start fast.
    from maidenhair.engine.cli import run as run_behave

    sys.exit(run_behave(arguments, sections(active_kinds(arguments))))


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--format", "form", type=click.Choice(["indent", "json", "csv"]), default="indent")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def outline(arguments: tuple[str, ...], form: str) -> None:
    """List the specs that a run with these ARGUMENTS (paths and options of behave) would run."""
    from maidenhair.engine.list_specs import outline as outline_of

    click.echo(outline_of(arguments, form))


@click.command("steps", context_settings={"ignore_unknown_options": True})
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text")
@click.option("--check", is_flag=True, help="Exit with 1 if a phrase is unused or duplicated.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def steps_command(arguments: tuple[str, ...], form: str, check: bool) -> None:
    """List the phrases of steps, each with an example, its module, and the features that use it.

    ARGUMENTS are paths and options of behave.
    """
    from maidenhair.engine import list_steps

    found = list_steps.phrases(arguments)
    if not check:
        click.echo(list_steps.listed(found, form))
    elif wrong := list_steps.complaints(found):
        raise click.ClickException("\n".join(wrong))
