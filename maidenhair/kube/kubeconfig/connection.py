"""Connections to the server of a kubeconfig's context, made by the untyped kubernetes package."""

from __future__ import annotations

import os
import ssl
import threading
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import kubernetes.client
import urllib3

from maidenhair.errors import ConfigurationError
from maidenhair.kube.kubeconfig.access import Access
from maidenhair.kube.kubeconfig.credentials import Credentials
from maidenhair.kube.kubeconfig.tls import tls_context

POOLED_CONNECTIONS = 64
PROXY_SCHEMES = ("http", "https")
Versions = tuple[tuple[str, int, int], ...]


class Connection:
    """A pool of connections to an API server. A new pool is opened when a certificate or a key has changed on disk.

    Safe to share between threads.

    Args:
        access: the server and the credentials.
        retries: whether requests that are safe to repeat are sent again.

    Attributes:
        server: the address of the API server.
        credentials: the credentials of requests.
    """

    def __init__(self, access: Access, retries: bool = True) -> None:
        self.server = access.server
        self.credentials = Credentials(access.user)
        self._access = access
        self._retries = _retries() if retries else False
        self._lock = threading.Lock()
        self._api: Any = None
        self._opened: tuple[Versions, tuple[bytes, bytes] | None] | None = None
        if access.proxy and urlsplit(access.proxy).scheme not in PROXY_SCHEMES:
            raise ConfigurationError(
                f"proxy-url {access.proxy} is not supported; use a proxy with http:// or https://"
            )

    def pool(self) -> urllib3.PoolManager:
        """Return the pool for the next request.

        Raises:
            ConfigurationError: a certificate or a key cannot be used, or the exec plugin failed.
        """
        certificate = self.credentials.certificate
        state = (self._versions(), certificate)
        with self._lock:
            if self._opened != state:
                try:
                    # Requests in progress keep the connections of the old pool.
                    self._api = self._open(certificate)
                    self._opened = state
                except ConfigurationError:
                    # As client-go does, stay with the old ones: a certificate may be renewed, and its key not yet.
                    if self._api is None:
                        raise
            pool: urllib3.PoolManager = self._api.rest_client.pool_manager
            return pool

    def close(self) -> None:
        """Close the pooled connections."""
        with self._lock:
            if self._api is not None:
                self._api.rest_client.pool_manager.clear()
                self._api.close()

    def _versions(self) -> Versions:
        """Return what changes when one of the files is written."""
        user = self._access.user
        files = [
            each for each in (self._access.ca, user.certificate, user.key) if isinstance(each, Path)
        ]
        versions = []
        for file in files:
            try:
                status = file.stat()
            except OSError as error:
                raise ConfigurationError(
                    f"cannot read the file of the kubeconfig: {error}"
                ) from error
            versions.append((str(file), status.st_mtime_ns, status.st_size))
        return tuple(versions)

    def _open(self, from_plugin: tuple[bytes, bytes] | None) -> Any:
        # The package's global default configuration is neither read nor set, because clients of systems under test may
        # use it.
        configuration = kubernetes.client.Configuration()
        access, user = self._access, self._access.user
        certificate, key = from_plugin or (user.certificate, user.key)
        configuration.host = access.server
        configuration.verify_ssl = access.verify
        configuration.tls_server_name = access.server_name
        configuration.connection_pool_maxsize = POOLED_CONNECTIONS
        configuration.retries = self._retries
        _set_proxy(configuration, access.proxy)
        try:
            api = kubernetes.client.ApiClient(configuration)
            # The package takes certificates only as files, which would stay if the process is killed.
            arguments = api.rest_client.pool_manager.connection_pool_kw
            for name in ("ca_certs", "cert_file", "key_file"):
                arguments.pop(name, None)
            arguments["ssl_context"] = tls_context(access.ca, certificate, key, access.verify)
            if "_proxy_config" in arguments:
                to_proxy = tls_context(access.ca, None, None, access.verify)
                arguments["_proxy_config"] = arguments["_proxy_config"]._replace(
                    ssl_context=to_proxy
                )
            return api
        except (OSError, ValueError, ssl.SSLError) as error:
            raise ConfigurationError(
                f"cannot use the certificates of context {access.context!r}: {error}"
            ) from error


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


def _set_proxy(configuration: Any, proxy: str | None) -> None:
    """Set the kubeconfig's proxy, or that of the environment with its exceptions, which kubernetes 34.1.0 ignores."""
    if proxy is not None:
        configuration.proxy, configuration.no_proxy = proxy, None
        return
    configuration.no_proxy = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    host = urlsplit(configuration.host).hostname or ""
    try:
        local = ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if local:
        configuration.proxy = None
