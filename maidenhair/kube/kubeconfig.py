"""Kubeconfig files: the only module that touches the untyped kubernetes package."""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import kubernetes.client
import kubernetes.config
import urllib3

from maidenhair.errors import ConfigurationError

POOLED_CONNECTIONS = 64


def client_for(path: Path, context: str | None) -> tuple[Any, str]:
    """Return a `kubernetes.client.ApiClient` for a context, and its namespace ("default" if it has none).

    The package's global default is neither read nor set, because clients of systems under test may look at it.

    Raises:
        ConfigurationError: the file or the context is missing or malformed.
    """
    configuration = kubernetes.client.Configuration()
    try:
        kubernetes.config.load_kube_config(
            config_file=str(path),
            context=context,
            client_configuration=configuration,
            persist_config=False,
        )
        namespace = _namespace(path, context)
    except (kubernetes.config.ConfigException, OSError) as error:
        wanted = f" (context {context})" if context else ""
        problem = f"cannot use the kubeconfig {path}{wanted}: {error}"
        raise ConfigurationError(problem) from error
    _set_proxy(configuration)
    configuration.connection_pool_maxsize = POOLED_CONNECTIONS
    configuration.retries = _retries()
    return kubernetes.client.ApiClient(configuration), namespace


def _namespace(path: Path, context: str | None) -> str:
    """Return the namespace of a context; `list_kube_config_contexts` would not do without a current one."""
    merged = kubernetes.config.kube_config.KubeConfigMerger(str(path)).config.value
    name = context or merged["current-context"]
    found = next(each.value for each in merged["contexts"] if each.value["name"] == name)
    return found["context"].get("namespace") or "default"


class Retries(urllib3.Retry):
    """Sends a request again where that is safe, and always where the server says after which time to."""

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Return whether an answer makes the request be sent again."""
        # Nothing was done of a request that came when the server had too many.
        too_early = has_retry_after and status_code in self.RETRY_AFTER_STATUS_CODES
        return (too_early and bool(self.total)) or super().is_retry(
            method, status_code, has_retry_after
        )


def _retries() -> Retries:
    # Whether one whose answer got lost was done is unknown. Doing it twice changes nothing, but for POST: applies and
    # merges are idempotent.
    methods = (urllib3.Retry.DEFAULT_ALLOWED_METHODS | {"PATCH"}) - {"POST"}
    return Retries(
        total=10,
        connect=3,
        read=3,
        other=3,
        redirect=0,
        backoff_factor=0.1,
        backoff_max=0.5,
        allowed_methods=methods,
        raise_on_status=False,
    )


def _set_proxy(configuration: Any) -> None:
    """Take the exceptions to the proxy from the environment; kubernetes 34.1.0 drops them."""
    configuration.no_proxy = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    host = urlsplit(configuration.host).hostname or ""
    try:
        local = ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if local:
        configuration.proxy = None
