"""Read kubeconfig files. The only module that uses the untyped kubernetes package for connections."""

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
    """Return a `kubernetes.client.ApiClient` for a context, and the context's namespace ("default" if it has none).

    The package's global default configuration is neither read nor set, because clients of systems under test may use
    it.

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
        named = f" (context {context})" if context else ""
        problem = f"cannot use the kubeconfig {path}{named}: {error}"
        raise ConfigurationError(problem) from error
    _set_proxy(configuration)
    configuration.connection_pool_maxsize = POOLED_CONNECTIONS
    configuration.retries = _retries()
    return kubernetes.client.ApiClient(configuration), namespace


def _namespace(path: Path, context: str | None) -> str:
    """Return the namespace of a context. `list_kube_config_contexts` fails if no current context is set."""
    merged = kubernetes.config.kube_config.KubeConfigMerger(str(path)).config.value
    name = context or merged["current-context"]
    found = next(each.value for each in merged["contexts"] if each.value["name"] == name)
    return found["context"].get("namespace") or "default"


class Retries(urllib3.Retry):
    """Retry requests that are safe to repeat, and any request if the server sends `Retry-After`."""

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Return whether to send the request again."""
        # The server processes nothing of a request that it rejects because of overload.
        rejected = has_retry_after and status_code in self.RETRY_AFTER_STATUS_CODES
        return (rejected and bool(self.total)) or super().is_retry(
            method, status_code, has_retry_after
        )


def _retries() -> Retries:
    # The server may have processed a request whose response was lost. Except for POST, processing it twice is harmless:
    # applies and merges are idempotent.
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
    """Read the proxy exceptions from the environment, because kubernetes 34.1.0 ignores them."""
    configuration.no_proxy = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    host = urlsplit(configuration.host).hostname or ""
    try:
        local = ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if local:
        configuration.proxy = None
