"""The two drivers of a Compute: SkyTorch's Python SDK, and the Kubernetes API."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Protocol

from maidenhair.errors import WaitStopped
from maidenhair.systems.skytorch.api.compute import READY_SECONDS, ComputeView
from maidenhair.systems.skytorch.sdk.session import SdkSession, reopen_broken_stream
from maidenhair.systems.skytorch.stack.readiness import serving

SETTLE_SECONDS = 30.0


class DrivenCompute(Protocol):
    """A Compute that steps drive, through the SDK or as a Kubernetes object.

    Attributes:
        view: the Compute as the Kubernetes API shows it.
    """

    view: ComputeView

    def submit(self, image: str | None, **options: Any) -> None:
        """Create the Compute.

        Args:
            image: the server's image; None for the operator's default image.
            **options: further fields of the spec, or arguments of the SDK's Compute, for example `suspend=True`.

        Raises:
            ApiRefused: the API refused the Compute object.
            ApiException: the API refused the Compute that the SDK created.
        """

    def become_ready(self) -> None:
        """Wait until the Compute is ready.

        Raises:
            WaitTimedOut: it did not become ready in time. The text contains the likely cause.
            WaitStopped: it cannot become ready. The text contains the likely cause.
        """

    def suspend(self) -> None:
        """Suspend the Compute without waiting until it has no pod."""

    def delete(self) -> None:
        """Delete the Compute without waiting until it is gone."""


class ObjectDriven:
    """A Compute driven as a Kubernetes object.

    Args:
        view: the Compute as the Kubernetes API shows it.
    """

    def __init__(self, view: ComputeView) -> None:
        self.view = view

    def submit(self, image: str | None, **options: Any) -> None:
        """See DrivenCompute."""
        named = {"image": image} if image else {}
        self.view.apply(**named, **options)

    def become_ready(self) -> None:
        """See DrivenCompute."""
        self.view.wait_until_ready()

    def suspend(self) -> None:
        """See DrivenCompute."""
        self.view.patch(suspend=True)

    def delete(self) -> None:
        """See DrivenCompute."""
        self.view.delete()


class SdkDriven:
    """A Compute driven through the SDK. Its waits end early, with the cause, if it cannot become ready.

    Args:
        sdk: the session that creates the Compute.
        view: the Compute as the Kubernetes API shows it.

    Attributes:
        compute: the SDK's Compute; None before `submit`.
    """

    def __init__(self, sdk: SdkSession, view: ComputeView) -> None:
        self.view = view
        self._sdk = sdk
        self.compute: Any = None

    def submit(self, image: str | None, **options: Any) -> None:
        """See DrivenCompute."""
        self.compute = self._sdk.compute(self.view.name, image=image, **options)

    def become_ready(self) -> None:
        """See DrivenCompute."""
        self._await_ready("waiting for", self.compute.ready(timeout=int(READY_SECONDS)))

    def enter(self) -> None:
        """Enter the Compute's `async with` block: wait until the Compute is ready."""
        self._await_ready("entering", self.compute.__aenter__())

    def leave(self) -> None:
        """Leave the Compute's `async with` block, which deletes the Compute."""
        self._sdk.run(f"leaving {self.view}", self.compute.__aexit__(None, None, None))

    def suspend(self) -> None:
        """See DrivenCompute."""
        self._sdk.run(f"suspending {self.view}", self.compute.suspend())

    def resume(self) -> None:
        """Resume the Compute, and wait until it is ready."""
        self._await_ready("resuming", self.compute.resume())

    def delete(self, **options: Any) -> None:
        """See DrivenCompute. `options` are arguments of the SDK, for example `grace_period_seconds=0`."""
        self._sdk.run(f"deleting {self.view}", self.compute.delete(**options))

    def fail_in_use(self, failure: Exception) -> None:
        """Raise `failure` inside the Compute's `async with` block, and raise the error that leaves the block."""

        async def program() -> None:
            async with self.compute:
                raise failure

        self._await_ready("using", program())

    def wait_for(self, seconds: int) -> None:
        """Let the SDK wait until the Compute is ready, without a second wait beside it.

        Args:
            seconds: the time limit of the SDK.

        Raises:
            TimeoutError: the SDK's time limit was reached.
        """
        within = seconds + SETTLE_SECONDS
        self._sdk.run(f"waiting for {self.view}", self.compute.ready(timeout=seconds), within)

    def says_ready(self) -> bool:
        """Return whether the SDK reports the Compute as ready."""
        ready = self._sdk.call(f"checking whether {self.view} is ready", self.compute.is_ready)
        return bool(ready)

    def execute(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Run a function on the Compute's server, and return its result. The SDK sends the function's source.

        Raises:
            RuntimeError: the function failed, or the SDK lost its server.
        """
        running = self.compute.execute(function, *arguments)
        return self._sdk.run(f"running {function.__name__} on {self.view}", running)

    def connect(self) -> None:
        """Wait until the Compute's server answers, and reopen the SDK's stream to it if the stream has ended.

        The SDK opens its stream once, as soon as the Compute is Ready. If the proxies do not know the pod yet, the
        stream ends, and calls that wait for it hang (observed with 0.2.0).
        """
        with serving(self.view):
            reopened = reopen_broken_stream(self.compute)
            self._sdk.run(f"connecting to {self.view}", reopened)

    def device(self) -> Any:
        """Return the torch device of the Compute."""
        return self.compute.device("cpu")

    def use_device(self) -> None:
        """Create a tensor on the Compute's device.

        Raises:
            RuntimeError: the SDK cannot use the device.
        """
        import torch

        def make() -> Any:
            return torch.zeros(1, device=self.compute.device("cpu"))

        self._sdk.work(f"creating a tensor on {self.view}", make, SETTLE_SECONDS)

    def _await_ready(self, action: str, coroutine: Coroutine[Any, Any, Any]) -> None:
        await_ready(self._sdk, f"{action} {self.view}", coroutine, [self.view])


def await_ready(
    sdk: SdkSession, action: str, coroutine: Coroutine[Any, Any, Any], views: Sequence[ComputeView]
) -> None:
    """Run a coroutine of the SDK that waits for Computes, and watch the Computes at the same time.

    The SDK itself waits until its time limit, whatever happens. The watch ends the wait as soon as no future change
    can help.

    Args:
        sdk: the session that the Computes belong to.
        action: the description of the wait for errors, for example "waiting for the Cluster".
        coroutine: the coroutine.
        views: the Computes to watch.

    Raises:
        WaitStopped: a Compute cannot become ready. The text contains the likely cause.
        WaitTimedOut: a Compute did not become ready in time, or the SDK did not notice that it is.
    """
    future = sdk.start(coroutine)
    ended = _Ended(future)
    try:
        for view in views:
            others = [other.hopeless() for other in views if other is not view]
            view.wait_until_ready(stop_when=[ended, *others])
    except BaseException as error:
        if not (isinstance(error, WaitStopped) and future.done()):
            future.cancel()
            raise
    sdk.finish(action, future, SETTLE_SECONDS)


class _Ended:
    """A stop condition: the SDK's coroutine has failed, so the wait has no purpose any more."""

    def __init__(self, future: Future[Any]) -> None:
        self._future = future

    def __call__(self) -> str | None:
        failed = self._future.done() and (self._future.cancelled() or self._future.exception())
        return "the SkyTorch SDK gave up" if failed else None

    @contextmanager
    def on_change(self, wake: Callable[[], None]) -> Iterator[None]:
        self._future.add_done_callback(lambda _: wake())
        yield
