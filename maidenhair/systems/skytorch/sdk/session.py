"""Drives SkyTorch's Python SDK from steps: coroutines on a loop of its own, a session per spec.

The SDK keeps the Kubernetes configuration and the namespace of the process, and remembers the Compute in use in
a context variable. A session sets the first, and runs all coroutines in one context, so that the
next session of the same process starts afresh.
"""

from __future__ import annotations

import asyncio
import contextvars
import importlib
import inspect
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from kubernetes import client as kubernetes
from kubernetes import config as kubernetes_config

from maidenhair.errors import WaitTimedOut

CALL_SECONDS = 30.0
Result = TypeVar("Result")


class SdkSession:
    """The SDK, initialised for one namespace, with what a spec made through it.

    Args:
        kubeconfig: the file that tells how to reach the cluster.
        context: the context of that file; its current one when None.
        namespace: where the SDK's Computes go.
    """

    def __init__(self, kubeconfig: Path, context: str | None, namespace: str) -> None:
        self._kubeconfig = kubeconfig
        self._context = context
        self._namespace = namespace
        self._loop = _BackgroundLoop()
        self._cleanups = ExitStack()

    def __enter__(self) -> SdkSession:
        _import()
        self._loop.start()
        self._cleanups.callback(self._loop.stop)
        self._cleanups.callback(_forget_configuration)
        _forget_configuration()
        try:
            self.init()
        except BaseException:
            self._cleanups.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._cleanups.close()

    def init(self) -> None:
        """Call the SDK's `init` with this session's cluster and namespace; it refuses a second call."""
        configuration = kubernetes.Configuration()
        kubernetes_config.load_kube_config(
            str(self._kubeconfig), context=self._context, client_configuration=configuration
        )
        _sdk().init(client_config=configuration, namespace=self._namespace)

    @property
    def default_namespace(self) -> str:
        """Return the namespace that the SDK says it uses."""
        return str(_sdk().default_namespace())

    def compute(self, name: str, **options: Any) -> Any:
        """Create a Compute through the SDK; what the spec does not delete is deleted with the session.

        Raises whatever the SDK raises, such as kubernetes' ApiException when the API refuses the Compute.
        """
        compute = self.call(f"creating the Compute {name}", lambda: _sdk().Compute(name, **options))
        self._cleanups.callback(self._delete, name, compute)
        return compute

    def takes(self, *options: str) -> bool:
        """Return whether the SDK's Compute has these arguments; those of later releases have more."""
        return set(options) <= set(inspect.signature(_sdk().Compute).parameters)

    def cluster(self, *computes: Any) -> Any:
        """Return the SDK's Cluster of these Computes."""
        return self.call("making a Cluster", lambda: _sdk().Cluster(*computes))

    def call(
        self, doing: str, function: Callable[[], Result], within: float = CALL_SECONDS
    ) -> Result:
        """Call a function of the SDK on the session's loop, where coroutines of the SDK may be started."""

        async def on_the_loop() -> Result:
            return function()

        return self.run(doing, on_the_loop(), within)

    def run(
        self, doing: str, coroutine: Coroutine[Any, Any, Result], within: float = CALL_SECONDS
    ) -> Result:
        """Run a coroutine of the SDK to its end.

        Args:
            doing: what it does, for the error, such as "deleting the Compute trainer".
            coroutine: the coroutine.
            within: seconds until it is cancelled.

        Raises:
            WaitTimedOut: it had not ended after `within` seconds.
        """
        return self.finish(doing, self.start(coroutine), within)

    def work(self, doing: str, function: Callable[[], Result], within: float) -> Result:
        """Run a function that uses torch's device `sky` in a thread of its own, which can be given up; see `run`."""
        future: Future[Result] = Future()

        def settle() -> None:
            try:
                future.set_result(function())
            except Exception as error:
                future.set_exception(error)

        future.set_running_or_notify_cancel()
        threading.Thread(target=settle, name="maidenhair-sdk-work", daemon=True).start()
        return self.finish(doing, future, within)

    def start(self, coroutine: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Start a coroutine of the SDK and return at once."""
        return self._loop.submit(coroutine)

    def finish(self, doing: str, future: Future[Result], within: float) -> Result:
        """Return the result of a started coroutine; see `run`."""
        try:
            return future.result(within)
        except (FutureTimeout, CancelledError) as error:
            if future.done() and not future.cancelled():
                raise
            raise WaitTimedOut(
                f"{doing} through the SkyTorch SDK in {self._namespace}: not done within {within:g} s; "
                "look at the Compute's conditions and its pod's events"
            ) from error
        finally:
            # Also on an interrupt: a coroutine that nobody waits for must not go on.
            future.cancel()

    def _delete(self, name: str, compute: Any) -> None:
        if compute.resource is None:
            return
        try:
            self.run(f"deleting the Compute {name}", compute.delete())
        except kubernetes.ApiException as refusal:
            # An account of few rights may not; the end of the namespace does it then.
            if refusal.status != 403:
                raise


async def reopen_broken_stream(compute: Any) -> None:
    """Open the stream of a Compute of the SDK's anew, if it has ended; there is no public call that does."""
    client = compute._grpc_client
    if client is not None and client.stream._receiver_task.done():
        await client.__aexit__(None, None, None)
        await client.__aenter__()


class _BackgroundLoop:
    """An event loop in a thread, where every coroutine runs in one context."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._context = contextvars.Context()
        self._thread = threading.Thread(target=self._serve, name="maidenhair-sdk", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def submit(self, coroutine: Coroutine[Any, Any, Result]) -> Future[Result]:
        return asyncio.run_coroutine_threadsafe(self._in_context(coroutine), self._loop)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CALL_SECONDS)
        if self._thread.is_alive():
            raise WaitTimedOut(
                f"the SkyTorch SDK's loop is still in a blocking call {CALL_SECONDS:g} s after it was told to stop; "
                "does the Kubernetes API answer?"
            )

    async def _in_context(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        return await self._loop.create_task(coroutine, context=self._context)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            tasks = asyncio.all_tasks(self._loop)
            for task in tasks:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            self._loop.close()


def _forget_configuration() -> None:
    kubernetes.Configuration.set_default(None)


def _sdk() -> Any:
    # The backend registers torch's device "sky".
    importlib.import_module("skytorch.torch.backend")
    return importlib.import_module("skytorch.client")


def _import() -> None:
    """Import torch and the SDK, which takes seconds."""
    # In a thread: neither an interrupt nor the end of Python may come in the middle of importing extension modules.
    importing = threading.Thread(target=_import_quietly, name="maidenhair-import")
    importing.start()
    importing.join()


def _import_quietly() -> None:
    try:
        _sdk()
    except ImportError:
        # Whoever needs the SDK imports it again and gets the error where it matters.
        return
