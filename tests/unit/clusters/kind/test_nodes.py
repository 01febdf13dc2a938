"""The state of nodes in the API."""

from __future__ import annotations

from typing import Any

import pytest

from maidenhair.clusters.kind.nodes import readiness


@pytest.mark.parametrize("status", [None, {"conditions": None}], ids=str)
def test_a_node_without_conditions_is_unknown(status: Any) -> None:
    assert readiness({"status": status}) == ("unknown", "it has no condition Ready")
