"""Hooks that log; a test adds more in `more_hooks.py`."""

from pathlib import Path

from notes import log

if Path("more_hooks.py").exists():
    from more_hooks import *  # noqa: F403


def before_feature(context, feature):
    log(f"before feature {feature.name}")


def after_feature(context, feature):
    log(f"after feature {feature.name}")


def after_scenario(context, scenario):
    log(f"after {scenario.name}")
