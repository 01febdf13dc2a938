"""Functions that run on a Compute. The SDK sends only their source, so each function has its own imports."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from maidenhair.errors import ConfigurationError
from maidenhair.systems.skytorch.sdk.drivers import SdkDriven
from maidenhair.systems.skytorch.sdk.session import SdkSession
from maidenhair.systems.skytorch.tensors import Computed, from_torch

CALL_SECONDS = 60.0
ROWS = 3
MAKES_TENSORS = "makes tensors"
RAISES = re.compile('raises "(.*)"')


@dataclass
class Call:
    """A call of a function on a Compute.

    Attributes:
        results: the returned tensors after doubling them on the Compute, each with its local counterpart.
        written: the text that the function wrote, by "stdout" and "stderr".
        error: the error that the program got; None if the function succeeded.
    """

    results: list[Computed] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=lambda: {"stdout": "", "stderr": ""})
    error: Exception | None = None


def call_described(sdk: SdkSession, compute: SdkDriven, description: str) -> Call:
    """Run a function on a Compute, and double the returned tensors there.

    Args:
        sdk: the session that the Compute belongs to.
        compute: the Compute.
        description: the function in a feature: MAKES_TENSORS, or for example `raises "the data is missing"`.

    Raises:
        WaitTimedOut: the Compute did not answer in time.
        ConfigurationError: there is no such function. The text lists the existing ones.
    """
    raises = RAISES.fullmatch(description)
    if description != MAKES_TENSORS and not raises:
        raise ConfigurationError(
            f'there is no function that {description}; choose one of: {MAKES_TENSORS}, raises "<message>"'
        )
    compute.connect()
    call = Call()
    if raises:
        _run(sdk, compute, call, fail, raises[1])
        return call
    returned = _run(sdk, compute, call, make_tensors, ROWS)
    if call.error is None:
        doubled = sdk.work(
            f"doubling on {compute.view} the tensors that a function returned",
            lambda: {name: (tensor * 2).cpu() for name, tensor in returned.items()},
            CALL_SECONDS,
        )
        call.results = [
            Computed(name, (from_torch(doubled[name]),), (from_torch(tensor * 2),))
            for name, tensor in make_tensors(ROWS).items()
        ]
    return call


# The annotation is quoted, because the SDK sends only the function's source, without the import of `Any`.
def make_tensors(rows: int) -> "dict[str, Any]":  # noqa: UP037
    """Return two tensors, and write to stdout and stderr."""
    import sys

    import torch

    print(f"making {rows} rows")
    print("no device was named", file=sys.stderr)
    return {"ones": torch.ones(rows, 2), "numbers": torch.arange(rows)}


def fail(message: str) -> None:
    """Write to stdout, and raise an error."""
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
