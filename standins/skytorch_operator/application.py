"""The operator as a kopf application: watches become requests to reconcile."""

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
from skytorch_operator.change_filter import News
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
"""How long a service account's token is used before it is read anew; kubelet renews it hourly."""

RESYNC_SECONDS = 10.0
"""How often every Compute is looked at again. kopf keeps no cache of what it watches: an object that is deleted
before its kind's first listing, or between two, is told to nobody."""

EVERY_COMPUTE = Reference("*", "*")


def run(configuration: Configuration) -> None:
    """Run the operator until a signal ends it."""
    kopf.configure(debug=configuration.log_level == "DEBUG")
    logging.getLogger().setLevel(configuration.log_level)
    if configuration.log_level != "DEBUG":
        # One line for every event and every probe would hide what the operator itself has to say.
        for name in ("kopf.objects", "kopf.activities", "aiohttp.access"):
            logging.getLogger(name).setLevel(logging.WARNING)
    # kopf logs why a probe fails; the web server would add a traceback to each.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    kopf.run(
        registry=Application(configuration).registry(),
        standalone=True,
        clusterwide=True,
        liveness_endpoint=configuration.liveness_endpoint,
    )


class Application:
    """kopf's handlers; only of events, for which kopf writes no finalizer and no annotation."""

    def __init__(self, configuration: Configuration, resync: float = RESYNC_SECONDS) -> None:
        """Make the application; nothing is watched before kopf runs its registry.

        Args:
            configuration: what the environment told.
            resync: how often every Compute is looked at again, in seconds.
        """
        self._gateway = configuration.gateway
        self._resync = resync
        self._resyncing: asyncio.Task[None] | None = None
        self._news = News()
        self._api = HttpApi()
        self._reconciler = Reconciler(self._api, self._gateway, lambda: datetime.now(UTC))
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
        """Have kopf post no events, and look at every Compute again from time to time."""
        settings.posting.enabled = False
        self._resyncing = asyncio.create_task(self._keep_in_sync(), name="resync")

    async def stop(self, **_: Any) -> None:
        """End what is under way."""
        if self._resyncing is not None:
            self._resyncing.cancel()
            await asyncio.gather(self._resyncing, return_exceptions=True)
        await self._dispatcher.stop()
        await self._api.close()

    async def login(self, **context: Any) -> kopf.ConnectionInfo | None:
        """Find the API server: from inside a pod, else by the kubeconfig file."""
        connection = _service_account(**context) or kopf.login_with_kubeconfig(**context)
        if connection is not None:
            self._api.connect(connection)
        return connection

    async def probe(self, **_: Any) -> str:
        """Answer that Computes are reconciled and can be read; raise if not."""
        if not self._dispatcher.running:
            raise kopf.PermanentError("Computes are not reconciled any more")
        try:
            await self._api.list(COMPUTE, limit=1)
        except (ApiError, aiohttp.ClientError, TimeoutError) as error:
            raise kopf.PermanentError(f"Computes cannot be read: {error}") from error
        return "ok"

    async def compute_changed(self, body: kopf.Body, **_: Any) -> None:
        """Reconcile a Compute that appeared or changed."""
        self._dispatcher.request(reference_of(dict(body)))

    async def child_changed(self, body: kopf.Body, type: str | None = None, **_: Any) -> None:
        """Reconcile the Compute whose object appeared, changed in what matters, or was deleted."""
        owner = owning_compute(dict(body))
        if owner is not None and self._news.is_news(dict(body), type == "DELETED"):
            self._dispatcher.request(owner)

    async def gateway_changed(self, body: kopf.Body, type: str | None = None, **_: Any) -> None:
        """Reconcile every Compute, as all are reached through the one Gateway, if that changed in what matters."""
        is_ours = reference_of(dict(body)) == self._gateway
        if is_ours and self._news.is_news(dict(body), type == "DELETED"):
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


def server_of_the_cluster(environment: Mapping[str, str]) -> str | None:
    """Return the URL of the API server that a pod's environment names, None outside of pods.

    It is by address, so that the operator can start before the cluster's DNS does.
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
        server=server_of_the_cluster(os.environ) or connection.server,
        expiration=datetime.now(UTC) + CREDENTIALS_LIFETIME,
    )
