"""The scheduler as a web server, with its watches and background tasks."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from aiohttp import web

from hami_scheduler.admission import Admission
from hami_scheduler.allocations import Ledger
from hami_scheduler.answers import Answers
from hami_scheduler.broadcast import Changes
from hami_scheduler.configuration import Configuration
from hami_scheduler.events import Events
from hami_scheduler.http_api import HttpApi, server_of_the_cluster
from hami_scheduler.leadership import Leadership, Replica
from hami_scheduler.locks import Locks
from hami_scheduler.metrics import metrics_text
from hami_scheduler.quotas import Quotas
from hami_scheduler.requests import Object
from hami_scheduler.scheduler import Scheduler
from hami_scheduler.vendors import Vendor
from hami_scheduler.watch import Follower

LOG = logging.getLogger(__name__)
LARGEST = 64 * 1024 * 1024
"""The maximum size of a request in bytes. Each request contains the names of all nodes."""
SYNC_SECONDS = 20.0
"""Seconds that a request waits for the first lists. Kube-scheduler waits at most 30 s for an answer."""


class Application:
    """Answers kube-scheduler and the API server."""

    def __init__(self, configuration: Configuration, api: HttpApi) -> None:
        """Create the application. Its watches start with its web application.

        Args:
            configuration: the options of the command line.
            api: the API.
        """
        self._api = api
        self._metrics_address = configuration.metrics
        self._changes = Changes()
        self._ledger = Ledger()
        self._quotas = Quotas()
        self._admission = Admission(
            configuration.scheduler,
            self._fits_quota,
            configuration.overwrites_default,
            configuration.vendors,
        )
        self._events = Events(api, configuration.scheduler)
        self._leadership = Leadership(api, Replica.of(os.environ, configuration.lease))
        self._answers = Answers(api, self._ledger, self._changes.notify)
        locks = Locks(api, self._changes, configuration.lock_expiry, configuration.lock_patience)
        self._scheduler = Scheduler(
            api,
            self._ledger,
            self._quotas,
            locks,
            self._events,
            self._changes,
            configuration.policies,
        )
        self._followers = self._make_followers()

    def site(self) -> web.Application:
        """Return the web application. It watches the API server while it runs."""
        application = web.Application(client_max_size=LARGEST)
        application.router.add_post("/filter", self._filter)
        application.router.add_post("/bind", self._bind)
        for path in ("/webhook", "/webhook/mutating"):
            application.router.add_post(path, self._webhook)
        application.router.add_get("/healthz", self._healthz)
        application.router.add_get("/readyz", self._readyz)
        application.cleanup_ctx.append(self._background)
        if self._metrics_address is not None:
            application.cleanup_ctx.append(self._serve_metrics)
        return application

    def _make_followers(self) -> list[Follower]:
        ledger, quotas = self._ledger, self._quotas
        return [
            self._follower(
                "/api/v1/nodes", self._replace_nodes, self._put_node, ledger.remove_node
            ),
            self._follower("/api/v1/pods", ledger.replace_pods, ledger.put_pod, ledger.remove_pod),
            self._follower("/api/v1/resourcequotas", quotas.replace, quotas.put, quotas.remove),
        ]

    def _follower(
        self,
        path: str,
        replace: Callable[[list[Object]], object],
        put: Callable[[Object], object],
        remove: Callable[[Object], object],
    ) -> Follower:
        def notifying(handle: Callable[[Any], object]) -> Callable[[Any], None]:
            def handle_and_notify(changed: Any) -> None:
                # Most pods have no devices, so their changes are irrelevant.
                if handle(changed) is not False:
                    self._changes.notify()

            return handle_and_notify

        handlers = (notifying(replace), notifying(put), notifying(remove))
        return Follower(path, *handlers, asyncio.Event())

    def _replace_nodes(self, nodes: list[Object]) -> None:
        self._ledger.replace_nodes(nodes)
        self._answers.check(list(self._ledger.nodes))

    def _put_node(self, node: Object) -> bool:
        has_changed = self._ledger.put_node(node)
        self._answers.check([node["metadata"]["name"]])
        return has_changed

    async def _background(self, application: web.Application) -> Any:
        work: list[Coroutine[Any, Any, None]] = [
            *(follower.run(self._api) for follower in self._followers),
            self._events.run(),
            self._answers.run(),
            self._leadership.run(),
        ]
        tasks = [asyncio.create_task(each) for each in work]
        for task in tasks:
            task.add_done_callback(_end_with)
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._api.close()

    async def _serve_metrics(self, _: web.Application) -> AsyncIterator[None]:
        """Serve the metrics without encryption, at an address of their own, as HAMi does."""
        site = web.Application()
        site.router.add_get("/metrics", self.metrics)
        runner = web.AppRunner(site)
        await runner.setup()
        await web.TCPSite(runner, *(self._metrics_address or ())).start()
        yield
        await runner.cleanup()

    async def metrics(self, _: web.Request) -> web.Response:
        """Answer with the metrics of all devices."""
        return web.Response(text=metrics_text(self._ledger, self._quotas))

    async def _synced(self) -> None:
        waits = (follower.synced.wait() for follower in self._followers)
        await asyncio.wait_for(asyncio.gather(*waits), SYNC_SECONDS)

    async def _filter(self, request: web.Request) -> web.Response:
        arguments = await _arguments(request)
        pod, names = arguments.get("pod"), arguments.get("nodenames")
        if not pod or names is None:
            return web.json_response(
                {
                    "Error": "the request has no Pod or no NodeNames; set nodeCacheCapable: true for this "
                    "extender in kube-scheduler's configuration"
                }
            )
        try:
            await self._synced()
        except TimeoutError:
            return web.json_response(
                {
                    "Error": f"nodes and pods were not listed within {SYNC_SECONDS:g} s; check that the "
                    "scheduler's account may list them"
                }
            )
        return web.json_response(await self._scheduler.filter(pod, names))

    async def _bind(self, request: web.Request) -> web.Response:
        arguments = await _arguments(request)
        binding = [
            str(arguments.get(key, "")) for key in ("podnamespace", "podname", "poduid", "node")
        ]
        # Kube-scheduler may close the connection. The binding must still be finished.
        return web.json_response(await asyncio.shield(self._scheduler.bind(*binding)))

    def _fits_quota(self, namespace: str, vendor: Vendor, memory: int, cores: int) -> bool:
        used = self._ledger.used_by(namespace).get(vendor.device_type, (0, 0))
        return self._quotas.admits(namespace, vendor, used, memory, cores)

    async def _webhook(self, request: web.Request) -> web.Response:
        return web.json_response(self._admission.review(await request.json()))

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def _readyz(self, _: web.Request) -> web.Response:
        waiting = [each.path for each in self._followers if not each.synced.is_set()]
        if waiting:
            return web.Response(status=503, text=f"not listed yet: {', '.join(waiting)}")
        return web.Response(text="ok")


def run(configuration: Configuration) -> None:
    """Serve until SIGTERM.

    Args:
        configuration: the options of the command line.
    """
    logging.basicConfig(level=configuration.log_level, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(configuration.certificate, configuration.key)

    async def make() -> web.Application:
        return Application(configuration, HttpApi(server_of_the_cluster())).site()

    web.run_app(
        make(),
        host=configuration.host,
        port=configuration.port,
        ssl_context=context,
        print=None,
        shutdown_timeout=2,
    )


async def _arguments(request: web.Request) -> dict[str, Any]:
    """Return the arguments of kube-scheduler's request, with keys in lower case. Kube-scheduler sends Go's names."""
    arguments = json.loads(await request.read())
    return {key.lower(): value for key, value in arguments.items()}


def _end_with(task: asyncio.Task[None]) -> None:
    """Exit if a background task has failed. Kubernetes restarts the process, which lists everything again."""
    if not task.cancelled() and task.exception() is not None:
        LOG.critical("A background task failed. The process exits.", exc_info=task.exception())
        raise SystemExit(1)
