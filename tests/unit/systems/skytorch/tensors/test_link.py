"""A link whose proxy does not start; those that do are specified in features/tensors/slow_link.feature."""

from __future__ import annotations

from pathlib import Path

import pytest

from maidenhair.errors import ClusterError, ConfigurationError
from maidenhair.systems.skytorch.tensors.link import Link


def test_a_proxy_that_ends_at_once_is_told() -> None:
    with (
        pytest.raises(ClusterError, match="/bin/false exited with status 1"),
        Link(Path("/bin/false"), "x:1"),
    ):
        pass


def test_a_fault_that_is_not_known_is_reported() -> None:
    with pytest.raises(ConfigurationError, match="'sings'; there are: takes 200 ms longer "):
        Link(Path("/bin/false"), "x:1").set_fault("sings")
