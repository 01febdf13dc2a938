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

    The package's global default is neither read nor set, because SkyTorch's `init` looks at it.

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


def _retries() -> urllib3.Retry:
    # Everything we send may be sent twice, apart from POST: applies and merges are idempotent.
    methods = (urllib3.Retry.DEFAULT_ALLOWED_METHODS | {"PATCH"}) - {"POST"}
    return urllib3.Retry(
        total=3, redirect=0, backoff_factor=0.1, allowed_methods=methods, raise_on_status=False
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
