"""The settings of the operator stand-in."""

from __future__ import annotations

import pytest

from skytorch_operator.configuration import Configuration, ConfigurationError
from skytorch_operator.objects import Reference


def test_the_namespace_alone_suffices() -> None:
    assert Configuration.from_environment({"NAMESPACE": "sky"}) == Configuration(
        gateway=Reference("sky", "skytorch-gateway"), liveness_endpoint=None, log_level="INFO"
    )


def test_everything_can_be_set() -> None:
    environment = {
        "NAMESPACE": "sky",
        "GATEWAY_NAME": "gate",
        "LIVENESS_ENDPOINT": "http://0.0.0.0:1/healthz",
        "LOG_LEVEL": "debug",
    }
    assert Configuration.from_environment(environment) == Configuration(
        gateway=Reference("sky", "gate"),
        liveness_endpoint="http://0.0.0.0:1/healthz",
        log_level="DEBUG",
    )


def test_a_missing_namespace_is_named() -> None:
    with pytest.raises(
        ConfigurationError, match="NAMESPACE is not set; set it to the namespace of the operator"
    ):
        Configuration.from_environment({"NAMESPACE": ""})


def test_a_wrong_log_level_is_answered_with_the_right_ones() -> None:
    with pytest.raises(ConfigurationError, match="'LOUD'; set it to one of DEBUG, INFO"):
        Configuration.from_environment({"NAMESPACE": "sky", "LOG_LEVEL": "loud"})
