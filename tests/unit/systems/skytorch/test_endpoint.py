"""Where a Compute is reached."""

from __future__ import annotations

from typing import Any

import pytest

from maidenhair.systems.skytorch.stack.endpoint import Endpoint, endpoint_of


def compute(*addresses: str) -> dict[str, Any]:
    status = {"addresses": [{"type": "IPAddress", "value": each} for each in addresses]}
    return {"metadata": {"namespace": "here", "name": "trainer"}, "status": status}


@pytest.mark.parametrize(
    ("addresses", "target"),
    [
        (["10.0.0.7"], "10.0.0.7:50051"),
        (["10.0.0.7", "10.0.0.8"], "10.0.0.7:50051"),
        (["fd00::7"], "[fd00::7]:50051"),
        (["gateway.example"], "gateway.example:50051"),
        ([], "localhost:50051"),
    ],
)
def test_the_first_address_of_the_status_else_localhost(addresses: list[str], target: str) -> None:
    assert endpoint_of(compute(*addresses)).target == target


def test_a_compute_without_status_is_sought_on_localhost() -> None:
    without = {"metadata": {"namespace": "here", "name": "trainer"}}

    assert endpoint_of(without).target == "localhost:50051"


def test_calls_carry_the_compute_id() -> None:
    assert endpoint_of(compute("10.0.0.7")).metadata == (("compute-id", "here/trainer"),)


def test_a_call_may_name_no_compute() -> None:
    assert Endpoint("10.0.0.7", 50051, None).metadata == ()
