"""The reports of containers about their devices."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from maidenhair.systems.devices import vendor
from maidenhair.systems.devices.real.container_report import Report, parse_report
from maidenhair.systems.devices.real.container_view import Limits, paths, variables

NVIDIA, AMD = vendor("NVIDIA"), vendor("AMD")
DEVICES = NVIDIA.devices("node-1", 2)
OFFERED = {NVIDIA: DEVICES, AMD: AMD.devices("node-1", 1)}


def report(memory: int = 40960, cores: int = 100) -> Report:
    device = DEVICES[1]
    seen = {
        "id": device.id,
        "tool": NVIDIA.tool,
        "memoryLimit": f"{memory}m",
        "coresLimit": str(cores),
    }
    limits = Limits(memory if memory != device.memory else None, cores if cores != 100 else 0)
    row = f"1 {device.id} {device.model} {memory}m {cores}% 0"
    log = [
        "amd-smi simulated",
        "Index Id",
        "nvidia-smi simulated",
        "Index Id",
        row,
        json.dumps(
            {
                "variables": variables(NVIDIA, [(device, limits)]),
                "files": paths(NVIDIA, device),
                "devices": [seen],
            }
        ),
    ]
    return parse_report("\n".join(log))


@pytest.mark.parametrize(("memory", "cores"), [(40960, 100), (3000, 100), (3000, 30)])
def test_a_container_has_the_devices_that_all_sources_show(memory: int, cores: int) -> None:
    [held] = report(memory, cores).held(OFFERED)
    assert (held.profile, held.device, held.memory, held.cores) == (
        NVIDIA,
        DEVICES[1],
        memory,
        cores,
    )


def test_a_container_without_devices_has_none() -> None:
    assert Report({}, (), (), ()).held(OFFERED) == []


def test_a_tool_has_only_its_own_rows() -> None:
    shown = (
        "amd-smi simulated",
        "Index Id",
        "0 AMD-1",
        "nvidia-smi simulated",
        "Index Id",
        "1 G-2",
    )
    found = Report({}, (), (), shown)
    assert found.shown_by("amd-smi") == ["0 AMD-1"]
    assert found.shown_by("nvidia-smi") == ["1 G-2"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"variables": {}}, "the NVIDIA variables"),
        ({"files": ()}, "the files"),
        ({"files": ("/var/lib/devices/nvidia1", "/var/lib/devices/nvidia0")}, "the files"),
        ({"shown": ()}, "nvidia-smi"),
        ({"devices": ()}, "nvidia-smi"),
    ],
)
def test_sources_that_disagree_are_reported(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        replace(report(3000, 30), **changes).held(OFFERED)


def test_a_device_that_the_node_does_not_offer_is_reported() -> None:
    with pytest.raises(AssertionError, match="the devices that the node offers"):
        report().held({NVIDIA: DEVICES[:1]})


def test_a_device_of_a_vendor_that_the_node_lacks_is_reported() -> None:
    with pytest.raises(AssertionError, match="the devices that the container sees"):
        report().held({AMD: OFFERED[AMD]})
