"""The operator's settings, read from environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from skytorch_operator.objects import Reference

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class ConfigurationError(Exception):
    """An environment variable is missing or wrong."""


@dataclass(frozen=True)
class Configuration:
    """The operator's settings.

    Attributes:
        gateway: the Gateway that the GRPCRoute of every Compute refers to.
        liveness_endpoint: the URL at which the operator answers probes; None for no endpoint.
        log_level: one of LOG_LEVELS.
    """

    gateway: Reference
    liveness_endpoint: str | None
    log_level: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Configuration:
        """Read NAMESPACE (required), GATEWAY_NAME, LIVENESS_ENDPOINT and LOG_LEVEL.

        Raises:
            ConfigurationError: NAMESPACE is not set, or LOG_LEVEL is not one of LOG_LEVELS.
        """
        namespace = environment.get("NAMESPACE")
        if not namespace:
            raise ConfigurationError(
                "NAMESPACE is not set; set it to the namespace of the operator and the Gateway"
            )
        log_level = environment.get("LOG_LEVEL", "INFO").upper()
        if log_level not in LOG_LEVELS:
            raise ConfigurationError(
                f"LOG_LEVEL is {log_level!r}; set it to one of {', '.join(LOG_LEVELS)}"
            )
        return cls(
            gateway=Reference(namespace, environment.get("GATEWAY_NAME", "skytorch-gateway")),
            liveness_endpoint=environment.get("LIVENESS_ENDPOINT") or None,
            log_level=log_level,
        )
