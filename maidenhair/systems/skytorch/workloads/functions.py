"""Functions that run on a Compute: the SDK sends their text, so each imports what it needs itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from maidenhair.systems.skytorch.sdk.drivers import SdkDriven
from maidenhair.systems.skytorch.sdk.session import SdkSession
from maidenhair.systems.skytorch.tensors import Computed, from_torch

CALL_SECONDS = 60.0
ROWS = 3


@dataclass
class Call:
    """A call of a function on a Compute.

    Attributes:
        results: the tensors that it gave, after a computation with them on the Compute, and the same made here.
        written: what it wrote, as "stdout" and "stderr" to text, in the order in which it came.
        error: what the program was told where it failed.
    """

    results: Computed | None = None
    written: dict[str, str] = field(default_factory=lambda: {"stdout": "", "stderr": ""})
    error: Exception | None = None


def call_make_tensors(sdk: SdkSession, compute: SdkDriven) -> Call:
    """Have a Compute run `make_tensors`, and double on it what it gave.

    Raises:
        WaitTimedOut: it did not answer in time.
    """
    compute.connect()
    call = Call()
    given = _run(sdk, compute, call, make_tensors, ROWS)
    if call.error is None:
        doubled = sdk.work(
            f"computing on {compute.view} with what a function gave",
            lambda: {name: (tensor * 2).cpu() for name, tensor in given.items()},
            CALL_SECONDS,
        )
        here = make_tensors(ROWS)
        call.results = Computed(
            "what the function gave, doubled",
            tuple(from_torch(doubled[name]) for name in here),
            tuple(from_torch(tensor * 2) for tensor in here.values()),
        )
    return call


def call_failing(sdk: SdkSession, compute: SdkDriven, message: str) -> Call:
    """Have a Compute run `fail`.

    Raises:
        WaitTimedOut: it did not answer in time.
    """
    compute.connect()
    call = Call()
    _run(sdk, compute, call, fail, message)
    return call


# The annotation is quoted: only the function's own text is sent, where there is no `Any`.
def make_tensors(rows: int) -> "dict[str, Any]":  # noqa: UP037
    """Return two tensors, and write to both outputs."""
    import sys

    import torch

    print(f"making {rows} rows")
    print("no device was named", file=sys.stderr)
    return {"ones": torch.ones(rows, 2), "numbers": torch.arange(rows)}


def fail(message: str) -> None:
    """Write, and fail."""
    print("so far all is well")
    raise ValueError(message)


def _run(
    sdk: SdkSession, compute: SdkDriven, call: Call, function: Callable[..., Any], argument: Any
) -> Any:
    def on_log(stream: str, text: str) -> None:
        call.written[stream] += text

    execution = compute.compute.execute(function, argument, on_log=on_log)
    try:
        return sdk.run(f"running {function.__name__} on {compute.view}", execution, CALL_SECONDS)
    except RuntimeError as error:
        call.error = error
        return None
