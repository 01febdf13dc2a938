"""A folder with one file, which the clusters of tests mount into containers in place of a system's folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from maidenhair.clusters.extensions import Extensions
from maidenhair.clusters.toolchain.components import Pins
from maidenhair.clusters.toolchain.model import Component, Obstacle

NAME = "tests-folder"
MOUNTED_AT = "/opt/maidenhair/tests"
FILE, CONTENT = "greeting", "hello"


class FolderMaker:
    """Creates the folder."""

    label = "the tests"
    action = "Making a small folder"
    lane = "tests"
    seconds = 0.0

    def entry(self) -> str:
        return f"{NAME}-1"

    def obstacle(self) -> Obstacle | None:
        return None

    def make(self, folder: Path) -> Mapping[str, str]:
        (folder / FILE).write_text(CONTENT)
        return {NAME: "1"}

    def locate(self, component: str) -> Path:
        return Path()

    def environment(self, folder: Path) -> Mapping[str, str]:
        return {}


def components(pins: Pins) -> tuple[Component, ...]:
    return (Component(NAME, (FolderMaker(),), is_folder=True),)


EXTENSIONS = Extensions((components,), {MOUNTED_AT: NAME})
