"""Sessions of SkyTorch's Python SDK, one per spec. A session runs the SDK's coroutines on its own event loop.

The SDK stores the Kubernetes configuration and the namespace per process, and the current Compute in a context
variable. A session sets the configuration and runs all coroutines in one context, so that the next session in the same
process starts without traces of it.
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
from maidenhair.systems.skytorch.sdk.discovery_cache import use_own_discovery_cache

CALL_SECONDS = 30.0
Result = TypeVar("Result")


class SdkSession:
    """The SDK, initialised for one namespace. A context manager that deletes the session's Computes at its end.

    Args:
        kubeconfig: the path of the cluster's kubeconfig.
        context: the context in that file; None for its current context.
        namespace: the namespace of the SDK's Computes.
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
        """Call the SDK's `init` with this session's cluster and namespace. The SDK refuses a second call."""
        configuration = kubernetes.Configuration()
        kubernetes_config.load_kube_config(
            str(self._kubeconfig), context=self._context, client_configuration=configuration
        )
        _sdk().init(client_config=configuration, namespace=self._namespace)

    @property
    def default_namespace(self) -> str:
        """Return the namespace that the SDK reports as its default."""
        return str(_sdk().default_namespace())

    def compute(self, name: str, **options: Any) -> Any:
        """Create a Compute through the SDK. It is deleted at the end of the session if it still exists.

        Args:
            name: the Compute's name.
            **options: further arguments of the SDK's Compute.

        Raises:
            ApiException: the API refused the Compute.
        """
        compute = self.call(f"creating Compute {name}", lambda: _sdk().Compute(name, **options))
        self._cleanups.callback(self._delete, name, compute)
        return compute

    def takes(self, *options: str) -> bool:
        """Return whether the SDK's Compute has all these arguments. Later releases have more than earlier ones."""
        return set(options) <= set(inspect.signature(_sdk().Compute).parameters)

    def cluster(self, *computes: Any) -> Any:
        """Return the SDK's Cluster of these Computes."""
        return self.call("creating a Cluster", lambda: _sdk().Cluster(*computes))

    def call(
        self, action: str, function: Callable[[], Result], within: float = CALL_SECONDS
    ) -> Result:
        """Call a function of the SDK on the session's loop, where it may start coroutines. See `run`."""

        async def on_the_loop() -> Result:
            return function()

        return self.run(action, on_the_loop(), within)

    def run(
        self, action: str, coroutine: Coroutine[Any, Any, Result], within: float = CALL_SECONDS
    ) -> Result:
        """Run a coroutine of the SDK to its end, and return its result.

        Args:
            action: the description of the work for errors, for example "deleting Compute trainer".
            coroutine: the coroutine.
            within: the time limit in seconds. The coroutine is cancelled then.

        Raises:
            WaitTimedOut: the coroutine did not end within its time limit.
        """
        return self.finish(action, self.start(coroutine), within)

    def work(self, action: str, function: Callable[[], Result], within: float) -> Result:
        """Run a function that uses torch's device `sky`, in a thread that does not block the session. See `run`."""
        future: Future[Result] = Future()

        def settle() -> None:
            try:
                future.set_result(function())
            except Exception as error:
                future.set_exception(error)

        future.set_running_or_notify_cancel()
        threading.Thread(target=settle, name="maidenhair-sdk-work", daemon=True).start()
        return self.finish(action, future, within)

    def start(self, coroutine: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Start a coroutine of the SDK, and return its future."""
        return self._loop.submit(coroutine)

    def finish(self, action: str, future: Future[Result], within: float) -> Result:
        """Wait for a started coroutine, and return its result. See `run`."""
        try:
            return future.result(within)
        except (FutureTimeout, CancelledError) as error:
            if future.done() and not future.cancelled():
                raise
            raise WaitTimedOut(
                f"{action} through the SkyTorch SDK in namespace {self._namespace} did not end within {within:g} s; "
                "check the conditions of the Compute and the events of its pod"
            ) from error
        finally:
            # Also on an interrupt, because a coroutine must not outlive its wait.
            future.cancel()

    def _delete(self, name: str, compute: Any) -> None:
        if compute.resource is None:
            return
        try:
            self.run(f"deleting Compute {name}", compute.delete())
        except kubernetes.ApiException as refusal:
            # An account without this permission cannot delete it. The deletion of the namespace does.
            if refusal.status != 403:
                raise


async def reopen_broken_stream(compute: Any) -> None:
    """Reopen the SDK's stream to a Compute if it has ended. The SDK has no public call for that."""
    client = compute._grpc_client
    if client is not None and client.stream._receiver_task.done():
        await client.__aexit__(None, None, None)
        await client.__aenter__()


class _BackgroundLoop:
    """An event loop in a thread. All its coroutines run in one context."""

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
                f"the event loop of the SkyTorch SDK did not stop within {CALL_SECONDS:g} s, because a call blocks it; "
                "check whether the Kubernetes API answers"
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
    # Importing the backend registers torch's device "sky".
    importlib.import_module("skytorch.torch.backend")
    return importlib.import_module("skytorch.client")


def _import() -> None:
    """Import torch and the SDK, which takes seconds."""
    # In a thread, because an interrupt or the end of Python must not break the import of an extension module.
    importing = threading.Thread(target=_import_quietly, name="maidenhair-import")
    importing.start()
    importing.join()


def _import_quietly() -> None:
    try:
        _sdk()
        use_own_discovery_cache()
    except ImportError:
        # The first call of the SDK imports it again, and raises the error there.
        return
