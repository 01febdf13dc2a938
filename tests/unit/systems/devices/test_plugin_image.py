"""The image of the simulated device plugin has all modules that the plugin imports."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from hamcrest import assert_that, contains_string, equal_to

from maidenhair._util.data import package_folder
from maidenhair.systems.devices.images import DEVICE_PLUGIN, DEVICE_PLUGIN_PARTS

PACKAGE = package_folder("maidenhair")


def load_plugin(folder: Path) -> subprocess.CompletedProcess[str]:
    """Import what the plugin's program imports, where only the files in a folder are found as `maidenhair`."""
    return subprocess.run(
        [sys.executable, "-P", "-c", f"import {DEVICE_PLUGIN}.application"],
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )


def test_the_plugin_starts_with_the_files_of_its_image_alone(tmp_path: Path) -> None:
    for part in DEVICE_PLUGIN_PARTS:
        for source in PACKAGE.glob(part):
            target = tmp_path / "maidenhair" / source.relative_to(PACKAGE)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)

    loaded = load_plugin(tmp_path)
    assert_that((loaded.returncode, loaded.stderr), equal_to((0, "")))

    (tmp_path / "maidenhair/systems/devices/vendor_chips.py").unlink()
    assert_that(load_plugin(tmp_path).stderr, contains_string("vendor_chips"))
