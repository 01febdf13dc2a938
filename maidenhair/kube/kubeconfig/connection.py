"""Connections to the server of a kubeconfig's context, made by the untyped kubernetes package."""

from __future__ import annotations

import os
import shutil
import ssl
import tempfile
import threading
import weakref
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import kubernetes.client
import urllib3

from maidenhair.errors import ConfigurationError
from maidenhair.kube.kubeconfig.access import Access, Material
from maidenhair.kube.kubeconfig.credentials import Credentials

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
        self._folder: Path | None = None
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
                # Requests in progress keep the connections of the old pool.
                self._api = self._open(certificate)
                self._opened = state
            pool: urllib3.PoolManager = self._api.rest_client.pool_manager
            return pool

    def close(self) -> None:
        """Close the pooled connections, and remove the files with certificates."""
        with self._lock:
            if self._api is not None:
                self._api.rest_client.pool_manager.clear()
                self._api.close()
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)

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
        configuration.ssl_ca_cert = self._file("ca", access.ca) or _system_certificates()
        configuration.cert_file = self._file("certificate", certificate)
        configuration.key_file = self._file("key", key)
        configuration.connection_pool_maxsize = POOLED_CONNECTIONS
        configuration.retries = self._retries
        _set_proxy(configuration, access.proxy)
        try:
            return kubernetes.client.ApiClient(configuration)
        except (OSError, ValueError, ssl.SSLError) as error:
            raise ConfigurationError(
                f"cannot use the certificates of context {access.context!r}: {error}"
            ) from error

    def _file(self, name: str, material: Material | None) -> str | None:
        """Return a file with a certificate or a key. Python's TLS reads only files, so data are written to one."""
        if material is None or isinstance(material, Path):
            return str(material) if material else None
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="maidenhair-kubeconfig-"))
            # For clients that nobody closes.
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        file = self._folder / name
        file.write_bytes(material)
        return str(file)


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


def _system_certificates() -> str | None:
    """Return the file of this machine's certificate authorities, which kubectl uses too, or None if it has none."""
    return ssl.get_default_verify_paths().cafile


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
