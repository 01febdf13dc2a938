"""Training of a small neural network on a Compute, and of the same network on this machine."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from maidenhair.systems.skytorch.sdk.drivers import SdkDriven
from maidenhair.systems.skytorch.sdk.session import SdkSession
from maidenhair.systems.skytorch.tensors import Computed, from_torch

SEED = 5
EXAMPLES, INPUTS, HIDDEN = 32, 4, 8
RATE, MOMENTUM = 0.05, 0.9
TRAIN_SECONDS = 120.0


def train(sdk: SdkSession, compute: SdkDriven, steps: int) -> dict[str, Computed]:
    """Train a network on a Compute and here, with the same initial parameters and the same examples.

    Args:
        sdk: the session that the Compute belongs to.
        compute: the Compute.
        steps: the number of steps of gradient descent.

    Returns:
        The losses of all steps, the last gradients and the final parameters, as "losses", "gradients" and
        "parameters".

    Raises:
        WaitTimedOut: the Compute did not answer, or did not end the training, in time.
    """
    compute.connect()
    device = compute.device()
    remote = sdk.work(f"training on {compute.view}", lambda: _trained(device, steps), TRAIN_SECONDS)
    here = _trained("cpu", steps)
    return {
        title: Computed(
            f"{title} after {steps} steps",
            tuple(from_torch(tensor) for tensor in remote[title]),
            tuple(from_torch(tensor) for tensor in tensors),
        )
        for title, tensors in here.items()
    }


def _trained(device: Any, steps: int) -> dict[str, list[Any]]:
    import torch

    # Created here for both, because each device has its own random numbers.
    network, inputs, targets = _initial_state()
    network, inputs, targets = network.to(device), inputs.to(device), targets.to(device)
    descent = torch.optim.SGD(network.parameters(), lr=RATE, momentum=MOMENTUM)
    losses = []
    with _garbage_collection_off():
        for _ in range(steps):
            descent.zero_grad()
            loss = torch.nn.functional.mse_loss(network(inputs), targets)
            # In this thread: torch's own may free the last tensors of `backward` only after it has returned.
            with torch.autograd.set_multithreading_enabled(False):
                torch.autograd.backward(loss)
            # SkyTorch 0.2.0 may send changes in place before earlier operations while it has tensors to delete.
            # Reading a value makes it delete those of `backward` before `step` changes the parameters.
            losses.append(loss.detach().cpu())
            descent.step()
    gradients = [parameter.grad for parameter in network.parameters()]
    parameters = [parameter.detach() for parameter in network.parameters()]
    trained = {"losses": losses, "gradients": gradients, "parameters": parameters}
    return {title: [tensor.cpu() for tensor in tensors] for title, tensors in trained.items()}


@contextmanager
def _garbage_collection_off() -> Iterator[None]:
    """Let no garbage collection free tensors, because SkyTorch would delete them in the midst of a step."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _initial_state() -> tuple[Any, Any, Any]:
    """Return a network, inputs, and the targets: the sum of the squares of each input."""
    import torch

    numbers = torch.Generator().manual_seed(SEED)
    network = torch.nn.Sequential(
        torch.nn.Linear(INPUTS, HIDDEN), torch.nn.Tanh(), torch.nn.Linear(HIDDEN, 1)
    )
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.uniform_(-0.5, 0.5, generator=numbers)
    inputs = torch.randn(EXAMPLES, INPUTS, generator=numbers)
    return network, inputs, inputs.square().sum(1, keepdim=True)
