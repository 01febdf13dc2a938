"""The state of nodes, as the API tells it."""

from __future__ import annotations

from typing import Any

import pytest

from maidenhair.clusters.kind.nodes import readiness


@pytest.mark.parametrize("status", [None, {"conditions": None}], ids=str)
def test_a_node_that_its_kubelet_has_said_nothing_of_is_not_ready(status: Any) -> None:
    assert readiness({"status": status}) == ("unknown", "it has no condition Ready")
