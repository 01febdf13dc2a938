"""The operator as a kopf application: watch events become requests to reconcile."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import kopf

from skytorch_operator.api import ApiError
from skytorch_operator.change_filter import ChangeFilter
from skytorch_operator.configuration import Configuration
from skytorch_operator.dispatcher import Dispatcher
from skytorch_operator.http_api import HttpApi
from skytorch_operator.objects import (
    COMPUTE,
    GATEWAY,
    GRPC_ROUTE,
    SERVICE,
    STATEFUL_SET,
    Kind,
    Reference,
    owning_compute,
    reference_of,
)
from skytorch_operator.reconciler import Reconciler

CREDENTIALS_LIFETIME = timedelta(minutes=10)
"""How long a service account's token is used before it is read again. kubelet renews it hourly."""

RESYNC_SECONDS = 3600.0
"""Seconds between two reconciles of every Compute. kopf has no cache of the objects that it watches, so it reports no
deletion that happens before its first listing of a kind or between two listings. Everything else is an event."""

EVERY_COMPUTE = Reference("*", "*")


def run(configuration: Configuration) -> None:
    """Run the operator until a signal stops it."""
    kopf.configure(debug=configuration.log_level == "DEBUG")
    logging.getLogger().setLevel(configuration.log_level)
    if configuration.log_level != "DEBUG":
        # One line for each event and each probe would hide the operator's own messages.
        for name in ("kopf.objects", "kopf.activities", "aiohttp.access"):
            logging.getLogger(name).setLevel(logging.WARNING)
    # kopf logs why a probe fails. The web server would add a traceback to each.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    kopf.run(
        registry=Application(configuration).registry(),
        standalone=True,
        clusterwide=True,
        liveness_endpoint=configuration.liveness_endpoint,
    )


class Application:
    """kopf's handlers. All are event handlers, because kopf writes no finalizers and no annotations for those."""

    def __init__(self, configuration: Configuration, resync: float = RESYNC_SECONDS) -> None:
        """Create the application. Watching starts when kopf runs its registry.

        Args:
            configuration: the operator's settings.
            resync: seconds between two reconciles of every Compute.
        """
        self._resync = resync
        self._resyncing: asyncio.Task[None] | None = None
        self._changes = ChangeFilter()
        self._api = HttpApi()
        self._reconciler = Reconciler(self._api, configuration.gateway, lambda: datetime.now(UTC))
        self._dispatcher = Dispatcher(self._work)

    def registry(self) -> kopf.OperatorRegistry:
        """Return the handlers, for kopf to run."""
        registry = kopf.OperatorRegistry()
        kopf.on.startup(registry=registry)(self.start)
        kopf.on.cleanup(registry=registry)(self.stop)
        kopf.on.login(registry=registry)(self.login)
        kopf.on.probe(registry=registry, errors=kopf.ErrorsMode.PERMANENT)(self.probe)
        _on_event(registry, COMPUTE, self.compute_changed)
        _on_event(registry, GATEWAY, self.gateway_changed)
        for kind in (STATEFUL_SET, SERVICE, GRPC_ROUTE):
            _on_event(registry, kind, self.child_changed)
        return registry

    async def start(self, settings: kopf.OperatorSettings, **_: Any) -> None:
        """Stop kopf from posting Events, and start the periodic reconcile of every Compute."""
        settings.posting.enabled = False
        self._resyncing = asyncio.create_task(self._keep_in_sync(), name="resync")

    async def stop(self, **_: Any) -> None:
        """Cancel all running reconciles and close the connections."""
        if self._resyncing is not None:
            self._resyncing.cancel()
            await asyncio.gather(self._resyncing, return_exceptions=True)
        await self._dispatcher.stop()
        await self._api.close()

    async def login(self, **context: Any) -> kopf.ConnectionInfo | None:
        """Return the connection to the API server: a pod's service account, otherwise the kubeconfig file."""
        connection = _service_account(**context) or kopf.login_with_kubeconfig(**context)
        if connection is not None:
            self._api.connect(connection)
        return connection

    async def probe(self, **_: Any) -> str:
        """Return "ok" if Computes are reconciled and can be read.

        Raises:
            kopf.PermanentError: the operator is stopping, or cannot list Computes.
        """
        if not self._dispatcher.running:
            raise kopf.PermanentError(
                "the operator no longer reconciles Computes, because it is stopping"
            )
        try:
            await self._api.list(COMPUTE, limit=1)
        except (ApiError, aiohttp.ClientError, TimeoutError) as error:
            raise kopf.PermanentError(f"the operator cannot list Computes: {error}") from error
        return "ok"

    async def compute_changed(self, body: kopf.Body, **_: Any) -> None:
        """Reconcile a Compute that was created or changed."""
        self._dispatcher.request(reference_of(dict(body)))

    async def child_changed(self, body: kopf.Body, type: str | None = None, **_: Any) -> None:
        """Reconcile the Compute that controls an object which was created, deleted, or changed in a relevant field."""
        owner = owning_compute(dict(body))
        if owner is not None and self._changes.is_relevant(dict(body), type == "DELETED"):
            self._dispatcher.request(owner)

    async def gateway_changed(self, body: kopf.Body, type: str | None = None, **_: Any) -> None:
        """Reconcile every Compute after a relevant change of a Gateway, because all share it."""
        if self._changes.is_relevant(dict(body), type == "DELETED"):
            self._dispatcher.request(EVERY_COMPUTE)

    async def _keep_in_sync(self) -> None:
        while True:
            await asyncio.sleep(self._resync)
            self._dispatcher.request(EVERY_COMPUTE)

    async def _work(self, reference: Reference) -> None:
        if reference != EVERY_COMPUTE:
            await self._reconciler.reconcile(reference)
            return
        for compute in await self._api.list(COMPUTE):
            self._dispatcher.request(reference_of(compute))


def api_server_url(environment: Mapping[str, str]) -> str | None:
    """Return the URL of the API server from a pod's environment, or None outside of a pod.

    The URL contains an address instead of a name, so that the operator can start before the cluster's DNS.
    """
    host = environment.get("KUBERNETES_SERVICE_HOST")
    port = environment.get("KUBERNETES_SERVICE_PORT")
    if not host or not port:
        return None
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"


def _on_event(registry: kopf.OperatorRegistry, kind: Kind, handler: Any) -> None:
    kopf.on.event(kind.group, kind.version, kind.plural, registry=registry)(handler)


def _service_account(**context: Any) -> kopf.ConnectionInfo | None:
    connection = kopf.login_with_service_account(**context)
    if connection is None:
        return None
    return dataclasses.replace(
        connection,
        server=api_server_url(os.environ) or connection.server,
        expiration=datetime.now(UTC) + CREDENTIALS_LIFETIME,
    )
