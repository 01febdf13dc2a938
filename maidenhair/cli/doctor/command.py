"""The command `maidenhair doctor`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from maidenhair._util.progress import Progress
from maidenhair.cli.doctor.diagnosis import diagnose, text
from maidenhair.cli.options import SettingsCommand, cluster_options
from maidenhair.config import Settings


@click.command("doctor", cls=SettingsCommand)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@cluster_options
def doctor_command(settings: Settings, as_json: bool) -> None:
    """Show what this machine has and lacks for runs. Exit with 1 if the chosen way to run specs is not possible."""
    diagnosis = diagnose(settings, Progress())
    if as_json:
        click.echo(json.dumps({**asdict(diagnosis), "usable": diagnosis.usable}, indent=2))
    else:
        click.echo(text(diagnosis))
    if not diagnosis.usable:
        sys.exit(1)
