"""The table of vendors and features, from a run's report."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from behave.parser import parse_file

from maidenhair.docgen.vendor_coverage import (
    BEHAVIOURS,
    Result,
    behaviours,
    page,
    read_results,
    table,
)
from maidenhair.errors import DevicesError
from maidenhair.systems.devices import VendorProfile, vendor_profiles
from maidenhair.systems.devices.device_request import parse_devices
from maidenhair.systems.devices.vendor_profile import Sharing
from tests.project import ROOT


def element(status: str, *steps: Any, kind: str = "scenario") -> dict[str, Any]:
    return {"type": kind, "name": "s", "status": status, "steps": [{"name": n} for n in steps]}


@pytest.fixture
def report(tmp_path: Path) -> Path:
    asks = {
        "name": "a pod asks for",
        "table": {"headings": ["resource", "amount"], "rows": [["hygon.com/dcunum", "1"]]},
    }
    features = [
        {
            "name": "Shares",
            "elements": [
                element("untested", 'a node with 1 device of "NVIDIA"', kind="background"),
                element("passed", "it runs"),
                element("failed", "it runs"),
                {**element("passed"), "steps": [asks]},
                element("skipped", 'a node with 1 device of "AMD"'),
            ],
        },
        {"name": "Others", "elements": [element("passed", "nothing of vendors")]},
    ]
    path = tmp_path / "report.json"
    path.write_text(json.dumps(features))
    return path


def test_specs_count_for_the_vendors_that_they_name(report: Path) -> None:
    lines = table(read_results(report, vendor_profiles()), vendor_profiles()).splitlines()
    assert lines[:2] == ["| Vendor | Shares |", "| --- | --- |"]
    assert "| NVIDIA | 2 of 3 |" in lines
    assert "| Hygon | 1 |" in lines
    assert "| AMD |  |" in lines


def test_a_resource_that_begins_as_another_one_is_of_its_own_vendor(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    quota = element("passed", "limits.enflame.com/gcu-memory")
    file.write_text(json.dumps([{"name": "Quotas", "elements": [quota]}]))
    [result] = read_results(file, vendor_profiles())
    assert result.vendors == {"enflame-shared"}


def test_a_file_that_is_no_report_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("[{}]")
    assert read_results(file, vendor_profiles()) == []
    file.write_text('[{"elements": [{}]}]')
    with pytest.raises(
        DevicesError, match=r"report\.json is not a JSON report of behave .*write one with"
    ):
        read_results(file, vendor_profiles())


def test_a_behaviour_has_a_cell_for_each_vendor() -> None:
    results = [
        Result(BEHAVIOURS, frozenset({"nvidia", "amd"}), "passed", "A", frozenset({"nvidia"})),
        Result("Others", frozenset({"amd"}), "passed", "B", frozenset({"amd"})),
    ]
    lines = behaviours(results, vendor_profiles()).splitlines()
    assert lines[0] == "| Vendor | A |"
    assert "| NVIDIA | passed |" in lines
    assert "| AMD | no |" in lines


def test_the_page_says_of_which_run_it_is() -> None:
    made = page([], vendor_profiles(), "Kubernetes 1.34.4")
    assert "with Kubernetes 1.34.4." in made


def sharing(profile: VendorProfile) -> Sharing:
    assert profile.sharing is not None
    return profile.sharing


SUPPORTED: dict[str, Callable[[VendorProfile], bool]] = {
    "A pod gets a device of every vendor": lambda each: True,
    "No vendor's device is shared by a pod that has the whole device": lambda each: True,
    "A pod gets the memory that it requests of every vendor's device": (
        lambda each: each.memory_resource is not None
    ),
    "A pod gets the compute units that it requests of every vendor's device": (
        # Ascend's templates fix the compute units.
        lambda each: each.cores_resource is not None and each.name != "ascend"
    ),
    "Two pods share a device of every vendor whose devices can be shared": (
        lambda each: sharing(each).shares > 1
    ),
    "A pod that requests more of a vendor's device than is free stays Pending": (
        lambda each: sharing(each).shares > 1
    ),
    "The device of a deleted pod is free for a pod that waits, whatever the vendor": (
        lambda each: True
    ),
    "A pod gets the device that it names, whatever the vendor": (
        lambda each: "use_id" in sharing(each).rules
    ),
    "A pod gets no device that it rejects, whatever the vendor": (
        lambda each: "nouse_id" in sharing(each).rules
    ),
    "The API refuses a pod that exceeds a quota of any vendor's devices": (
        lambda each: each.memory_resource is not None or each.cores_resource is not None
    ),
    "A container has several devices of a vendor": (
        # A request for a part is one for a part of one device.
        lambda each: sharing(each).format != "drs"
    ),
    "A pod has devices of two vendors": lambda each: True,
}
"""Which vendors support the behaviour of each scenario, by the profiles."""


def test_every_vendor_is_in_each_scenario_that_its_profile_supports() -> None:
    feature = parse_file(str(ROOT / "features/devices/vendors.feature"))
    found = {}
    for scenario in feature.scenarios:
        rows = [row for step in scenario.steps for row in step.table if "requests" in row.headings]
        cells = " and ".join(row["requests"] for row in rows)
        found[scenario.name] = {each.profile.name for each in parse_devices(cells)}
    vendors = {name: each for name, each in vendor_profiles().items() if not each.chip_of}
    wanted = {
        name: {each for each, profile in vendors.items() if is_supported(profile)}
        for name, is_supported in SUPPORTED.items()
    }
    assert found == wanted
