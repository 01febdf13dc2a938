"""Both ways of driving a Compute: through SkyTorch's Python SDK, and as a Kubernetes object."""

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
    """A Compute that steps work on, whichever way it is driven.

    Attributes:
        view: the Compute as the Kubernetes API shows it.
    """

    view: ComputeView

    def submit(self, image: str | None, **options: Any) -> None:
        """Ask for the Compute; raises what the way of driving raises when it is refused.

        Args:
            image: the server's image; None leaves it to the operator.
            options: what else it shall be like, such as `suspend=True`: fields of the object's spec, or arguments of
                the SDK's Compute.
        """

    def become_ready(self) -> None:
        """Wait until it is ready; raises WaitTimedOut or WaitStopped with the likely cause."""

    def suspend(self) -> None:
        """Suspend it, without waiting for that."""

    def delete(self) -> None:
        """Delete it, without waiting for that."""


class ObjectDriven:
    """A Compute driven as a Kubernetes object."""

    def __init__(self, view: ComputeView) -> None:
        self.view = view

    def submit(self, image: str | None, **options: Any) -> None:
        """See DrivenCompute."""
        # A spec must say something: what suspend is by default, as SkyTorch's own client does.
        named = {"image": image} if image else {}
        self.view.apply(**({**named, **options} or {"suspend": False}))

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
    """A Compute driven through the SDK; its waits end early, with the cause, when it cannot become ready."""

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
        """Begin to use it, as `async with` does: wait until it is ready."""
        self._await_ready("entering", self.compute.__aenter__())

    def leave(self) -> None:
        """End the use of it, as the end of `async with` does: it is deleted."""
        self._sdk.run(f"leaving {self.view}", self.compute.__aexit__(None, None, None))

    def suspend(self) -> None:
        """See DrivenCompute."""
        self._sdk.run(f"suspending {self.view}", self.compute.suspend())

    def resume(self) -> None:
        """Resume it, and wait until it is ready."""
        self._await_ready("resuming", self.compute.resume())

    def delete(self, **options: Any) -> None:
        """See DrivenCompute; `options` are those of the SDK, such as `grace_period_seconds`."""
        self._sdk.run(f"deleting {self.view}", self.compute.delete(**options))

    def fail_in_use(self, failure: Exception) -> None:
        """Use it with `async with` and raise `failure` there; raises what leaves the block."""

        async def program() -> None:
            async with self.compute:
                raise failure

        self._await_ready("using", program())

    def wait_for(self, seconds: int) -> None:
        """Have the SDK wait until it is ready; raises the SDK's TimeoutError after so many seconds."""
        within = seconds + SETTLE_SECONDS
        self._sdk.run(f"waiting for {self.view}", self.compute.ready(timeout=seconds), within)

    def says_ready(self) -> bool:
        """Return whether the SDK says that it is ready."""
        ready = self._sdk.call(f"asking whether {self.view} is ready", self.compute.is_ready)
        return bool(ready)

    def execute(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Have its server run a function, whose source the SDK sends; raises the SDK's RuntimeError when that fails."""
        running = self.compute.execute(function, *arguments)
        return self._sdk.run(f"running {function.__name__} on {self.view}", running)

    def connect(self) -> None:
        """Wait until it answers, and see to it that the SDK's stream to it is open.

        The SDK opens its stream once, as soon as the Compute is Ready. Where the proxies do not know of the pod by then
        the stream ends, and whatever waits for it hangs (seen with 0.2.0).
        """
        with serving(self.view):
            reopened = reopen_broken_stream(self.compute)
            self._sdk.run(f"connecting to {self.view}", reopened)

    def device(self) -> Any:
        """Return the torch device by which tensors are on it."""
        return self.compute.device("cpu")

    def use_device(self) -> None:
        """Make a tensor on its device; raises the SDK's RuntimeError when the device cannot be used."""
        import torch

        def make() -> Any:
            return torch.zeros(1, device=self.compute.device("cpu"))

        self._sdk.work(f"making a tensor on {self.view}", make, SETTLE_SECONDS)

    def _await_ready(self, doing: str, coroutine: Coroutine[Any, Any, Any]) -> None:
        await_ready(self._sdk, f"{doing} {self.view}", coroutine, [self.view])


def await_ready(
    sdk: SdkSession, doing: str, coroutine: Coroutine[Any, Any, Any], views: Sequence[ComputeView]
) -> None:
    """Run a coroutine of the SDK that waits for Computes, and watch them meanwhile.

    The SDK waits for nothing but readiness. Watching beside it ends the wait as soon as it is hopeless.

    Raises:
        WaitStopped: a Compute cannot become ready; the text tells the likely cause.
        WaitTimedOut: a Compute did not become ready, or the SDK did not notice.
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
    sdk.finish(doing, future, SETTLE_SECONDS)


class _Ended:
    """A stop condition: the SDK's coroutine has ended, so that nobody waits any longer."""

    def __init__(self, future: Future[Any]) -> None:
        self._future = future

    def __call__(self) -> str | None:
        failed = self._future.done() and (self._future.cancelled() or self._future.exception())
        return "the SkyTorch SDK gave up" if failed else None

    @contextmanager
    def on_change(self, wake: Callable[[], None]) -> Iterator[None]:
        self._future.add_done_callback(lambda _: wake())
        yield
