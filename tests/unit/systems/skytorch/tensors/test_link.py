"""Errors of links. The faults of links are specified in features/tensors/slow_link.feature."""

from __future__ import annotations

from pathlib import Path

import pytest

from maidenhair.errors import ClusterError, ConfigurationError
from maidenhair.systems.skytorch.tensors.link import Link


def test_a_proxy_that_ends_at_once_is_an_error() -> None:
    with (
        pytest.raises(
            ClusterError, match="cannot start Toxiproxy: /bin/false exited with status 1"
        ),
        Link(Path("/bin/false"), "x:1"),
    ):
        pass


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'sings'; choose one of: takes 200 ms longer "):
        Link(Path("/bin/false"), "x:1").set_fault("sings")
