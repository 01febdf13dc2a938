"""The recipes of the images of simulated devices and of HAMi's stand-in."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from maidenhair._util.data import data_folder, package_folder
from maidenhair.clusters.images import App, Image, ImageMaker, Recipe
from maidenhair.clusters.images.archive import ImageConfig
from maidenhair.clusters.images.entries import NONROOT

DEVICE_PLUGIN = "maidenhair.systems.devices.plugin"
DEVICE_PLUGIN_PARTS = (
    "__init__.py",
    "errors.py",
    "_util/__init__.py",
    "_util/data.py",
    "systems/__init__.py",
    "systems/devices/__init__.py",
    "systems/devices/vendor_chips.py",
    "systems/devices/vendor_profile.py",
    "systems/devices/hami/__init__.py",
    "systems/devices/hami/allocation.py",
    "systems/devices/hami/protocol.py",
    "systems/devices/real/__init__.py",
    "systems/devices/real/container_view.py",
    "systems/devices/real/plugin_state.py",
    "systems/devices/plugin/*.py",
    "systems/devices/vendors/*.toml",
)
"""The files of maidenhair that the image of the simulated device plugin contains; the plugin imports no others."""

STANDIN_PARTS = ("**/*.py", "vendors/*.toml")
"""The files of the scheduler's stand-in that its image contains. It reads the same profiles of vendors."""


def _kube_scheduler(maker: ImageMaker) -> Image:
    config = ImageConfig(command=("kube-scheduler",), environment={"PATH": "/bin"}, user=NONROOT)
    return maker.program("kube-scheduler", "/bin/kube-scheduler", config)


def _hami_scheduler_standin(maker: ImageMaker) -> Image:
    folder = data_folder("standins/hami_scheduler")
    app = App(folder, folder / "requirements.txt", STANDIN_PARTS)
    return maker.app("hami-scheduler-standin", app, folder.name)


def _device_plugin(maker: ImageMaker) -> Image:
    folder = package_folder("maidenhair")
    requirements = folder / "systems" / "devices" / "plugin" / "requirements.txt"
    return maker.app("device-plugin", App(folder, requirements, DEVICE_PLUGIN_PARTS), DEVICE_PLUGIN)


def _device_query(maker: ImageMaker) -> Image:
    # The program acts as the vendor's tool that its first argument names.
    config = ImageConfig(command=("device-query",), environment={"PATH": "/bin"}, user=NONROOT)
    return maker.program("device-query", "/bin/device-query", config)


RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "kube-scheduler": _kube_scheduler,
        "hami-scheduler-standin": _hami_scheduler_standin,
        "device-plugin": _device_plugin,
        "device-query": _device_query,
    }
)
