"""The variables and files that containers get with devices, and the devices that nodes offer."""

from __future__ import annotations

from typing import Any

import pytest

from maidenhair.errors import DevicesError
from maidenhair.systems.devices import vendor, vendor_profiles
from maidenhair.systems.devices.real.container_view import Limits, paths, variables
from maidenhair.systems.devices.real.node_label import has_quantity, quantity
from maidenhair.systems.devices.real.plugin_state import PluginState, from_data, to_data

NVIDIA = vendor("NVIDIA")
DEVICES = NVIDIA.devices("node-1")


def test_limits_that_are_not_set_have_no_variable() -> None:
    assert set(variables(NVIDIA, [(DEVICES[0], Limits())])) == {"NVIDIA_VISIBLE_DEVICES"}


def test_memory_is_limited_for_each_device_and_cores_for_all() -> None:
    allocated = [(DEVICES[0], Limits(1024, 30)), (DEVICES[1], Limits(2048, 30))]

    assert variables(NVIDIA, allocated) == {
        "NVIDIA_VISIBLE_DEVICES": f"{DEVICES[0].id},{DEVICES[1].id}",
        "CUDA_DEVICE_MEMORY_LIMIT_0": "1024m",
        "CUDA_DEVICE_MEMORY_LIMIT_1": "2048m",
        "CUDA_DEVICE_SM_LIMIT": "30",
    }


@pytest.mark.parametrize("name", vendor_profiles())
def test_every_vendor_has_variables_and_a_file_for_each_device(name: str) -> None:
    profile = vendor(name)
    devices = profile.devices("node-1", 2)
    assert variables(profile, [(device, Limits()) for device in devices])
    files = [path for device in devices for path in paths(profile, device)]
    assert len(set(files)) >= 2
    assert all(path.startswith("/var/lib/devices/") for path in files)


def test_a_node_that_was_never_offered_devices_has_none() -> None:
    node: dict[str, Any] = {"status": {"allocatable": {"cpu": "2"}}}
    assert quantity(node, "allocatable", NVIDIA) == 0
    assert quantity(None, "allocatable", NVIDIA) == 0
    assert has_quantity("allocatable", NVIDIA, 0).matches(node)
    node["status"]["allocatable"]["nvidia.com/gpu"] = "3"
    assert quantity(node, "allocatable", NVIDIA) == 3
    assert has_quantity("allocatable", NVIDIA, 3).matches(node)
    assert not has_quantity("allocatable", NVIDIA, 0).matches(node)


def test_a_state_is_read_as_it_was_written() -> None:
    written = PluginState(3, (1,), True, 2)
    profile, state = from_data(to_data("nvidia", NVIDIA.text, written))
    assert (profile, state) == (NVIDIA, written)
    assert [each.healthy for each in state.devices(profile, "node-1")] == [True, False, True]


@pytest.mark.parametrize(
    "data", [{}, {"state.json": "{}"}, {"nvidia.toml": NVIDIA.text, "state.json": "no json"}]
)
def test_a_malformed_state_is_refused(data: dict[str, str]) -> None:
    with pytest.raises(DevicesError, match="malformed ConfigMap of a device plugin"):
        from_data(data)
