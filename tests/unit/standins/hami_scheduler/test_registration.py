"""The devices of a node, as the HAMi stand-in reads them."""

from __future__ import annotations

import json

import pytest

from hami_scheduler.protocol import Device, FormatError
from hami_scheduler.registration import devices_of
from hami_scheduler.vendors import BY_DEVICE_TYPE


def devices(text: str, device_type: str = "NVIDIA") -> tuple[Device, ...]:
    vendor = BY_DEVICE_TYPE[device_type]
    return devices_of(vendor, "n", {vendor.register: text}, {})


def of_capacity(device_type: str, **capacity: str) -> tuple[Device, ...]:
    vendor = BY_DEVICE_TYPE[device_type]
    named = {getattr(vendor, kind): quantity for kind, quantity in capacity.items()}
    return devices_of(vendor, "n", {}, named)


def test_devices_are_read_from_json() -> None:
    text = (
        '[{"id":"GPU-1","index":3,"count":10,"devmem":40960,"devcore":100,"type":"NVIDIA-A100",'
        '"numa":1,"mode":"mig","health":true},{"id":"GPU-2","count":1}]'
    )
    assert devices(text) == (
        Device("GPU-1", 3, 10, 40960, 100, "NVIDIA-A100", 1, "mig", True),
        Device("GPU-2", 0, 1, 0, 0, "", 0, "hami-core", False),
    )


def test_devices_are_read_from_the_older_text() -> None:
    text = "DCU-1,4,65536,100,DCU-K100,1,true:DCU-2,4,65536,60,DCU-K100,0,false,7,mode:"
    assert devices(text, "DCU") == (
        Device("DCU-1", 0, 4, 65536, 100, "DCU-K100", 1, "hami-core", True),
        Device("DCU-2", 7, 4, 65536, 60, "DCU-K100", 0, "mode", False),
    )


@pytest.mark.parametrize(
    ("text", "device_type"),
    [
        ("nothing", "DCU"),
        ("a,b:", "DCU"),
        ("a,x,1,1,t,0,true:", "DCU"),
        ("a,1,1,1,t,0,maybe:", "DCU"),
        ('[{"id":"a"}]', "DCU"),
        ("[", "NVIDIA"),
        ("[1]", "NVIDIA"),
        ('[{"count":1}]', "NVIDIA"),
        ("a,1,1,1,t,0,true:", "NVIDIA"),
        ('{"devices":[]}', "Enflame"),
    ],
)
def test_a_registration_of_another_format_is_refused(text: str, device_type: str) -> None:
    with pytest.raises(FormatError, match="malformed registration of devices"):
        devices(text, device_type)


def test_devices_follow_from_the_capacity_of_a_node() -> None:
    cards = of_capacity("MLU", cores="200", memory="192")
    assert [each.id for each in cards] == ["n-cambricon-mlu-0", "n-cambricon-mlu-1"]
    assert [(each.memory, each.cores, each.count) for each in cards] == [(24576, 100, 100)] * 2
    assert [each.numa for each in of_capacity("kunlun", count="4")] == [0, 0, 1, 1]
    assert [each.cores for each in of_capacity("AWSNeuron", count="1")] == [0b11]
    assert of_capacity("Metax-GPU", count="0") == ()


def test_parts_of_a_device_are_read_from_their_names() -> None:
    listed = {
        "devices": [{"index": "2", "minor": "2", "capacity": 6}],
        "profiles": {"3g.20gb": "1", "1g.6gb": "0", "6g.40gb": "2"},
    }
    [card] = devices(json.dumps(listed), "Enflame")
    assert (card.id, card.count, card.memory) == ("n-enflame-drs-2", 6, 40960)
    assert [(part.name, part.size, part.memory, part.cores) for part in card.parts] == [
        ("1g.6gb", 1, 6144, 17),
        ("3g.20gb", 3, 20480, 50),
        ("6g.40gb", 6, 40960, 100),
    ]
