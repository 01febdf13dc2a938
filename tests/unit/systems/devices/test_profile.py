"""The data files of vendors."""

from __future__ import annotations

from pathlib import Path

import pytest

from maidenhair.errors import ConfigurationError
from maidenhair.systems.devices import load_profile, vendor, vendor_profiles
from maidenhair.systems.devices.resources import is_device, vendor_of

PROFILE = """\
title = "Acme"
resource = "acme.example/npu"
tool = "acme-smi"

[devices]
model = "A1"
prefix = "ACME-"
count = 3
memory = 1024
cores = 100
numa = [0, 1]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "acme.toml"
    path.write_text(PROFILE)
    return path


def test_a_data_file_describes_a_vendor(file: Path) -> None:
    profile = load_profile(file)
    assert (profile.name, profile.title, profile.resource) == ("acme", "Acme", "acme.example/npu")
    assert profile.sharing is None


def test_a_node_always_has_the_same_devices_with_ids_of_its_own(file: Path) -> None:
    profile = load_profile(file)
    devices = profile.devices("node-1")
    assert devices == profile.devices("node-1")
    assert [each.index for each in devices] == [0, 1, 2]
    assert [each.numa for each in devices] == [0, 1, 0]
    ids = {each.id for each in (*devices, *profile.devices("node-2"))}
    assert len(ids) == 6
    assert all(id.startswith("ACME-") for id in ids)


def test_a_node_can_have_fewer_devices(file: Path) -> None:
    profile = load_profile(file)
    assert profile.devices("node-1", 1) == profile.devices("node-1")[:1]


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("title", "titel", "titel"),
        ("count = 3", "count =", "cannot read"),
        ("count = 3", "count = 0", "count"),
        ("numa = [0, 1]", "numa = [0, 1]\n[sharing]\ntype = 'ACME'", "allocated"),
    ],
)
def test_a_malformed_file_is_refused_with_the_field(
    file: Path, old: str, new: str, named: str
) -> None:
    file.write_text(PROFILE.replace(old, new))
    with pytest.raises(ConfigurationError, match=named) as raised:
        load_profile(file)
    assert str(file) in str(raised.value)


def test_an_unknown_format_of_registration_is_refused(file: Path) -> None:
    keys = ("type", "format", "allocated")
    sharing = "\n".join(f'{key} = "xml"' for key in keys)
    file.write_text(f"{PROFILE}\n[sharing]\n{sharing}\nshares = 2\n")
    with pytest.raises(ConfigurationError, match="one of json, text, sgpu, drs, capacity"):
        load_profile(file)


def test_two_vendors_cannot_have_one_resource(file: Path) -> None:
    file.with_name("copy.toml").write_text(PROFILE)
    with pytest.raises(
        ConfigurationError, match=r"acme and copy in .* both have the resource acme\.example/npu"
    ):
        vendor_profiles(file.parent)


def test_every_vendor_of_the_package_is_known_to_discovery() -> None:
    for profile in vendor_profiles().values():
        assert is_device(profile.resource), profile.resource
        title = vendor(profile.chip_of).title if profile.chip_of else profile.title
        assert title.startswith(vendor_of(profile.resource))


def test_vendors_are_found_by_name_and_by_title() -> None:
    assert vendor("NVIDIA") == vendor("nvidia")
    with pytest.raises(ConfigurationError, match="unknown vendor 'Acme'; the vendors are AMD"):
        vendor("Acme")
