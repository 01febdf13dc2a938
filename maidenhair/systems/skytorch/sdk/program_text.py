"""Python programs that use SkyTorch's SDK, generated from a list of acts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from maidenhair.errors import ConfigurationError

_IMPORTS = "from skytorch.client import Compute, default_namespace, init"
_CONFIGURED = """
from kubernetes import client, config
configuration = client.Configuration()
config.load_kube_config({kubeconfig!r}, client_configuration=configuration)
init(client_config=configuration, namespace={namespace!r})
"""
_DECORATED = """
import asyncio
from skytorch.client import compute
@compute({0!r}, {options}{more})
async def work(compute: Compute):
    print("is ready:", compute.is_ready())
asyncio.run(work())
"""
_CONDITIONS = """
import asyncio
async def work():
    async with Compute({0!r}, {options}) as compute:
        for each in compute.resource.status.conditions:
            print(f"{{each.type}}: {{each.status}}")
asyncio.run(work())
"""
_EVENTS = """
import asyncio, logging
from kubernetes import client
from skytorch.client import log_event
logging.basicConfig(level=logging.INFO)
logged = []
class Logged(logging.Handler):
    def emit(self, record):
        logged.append(record.getMessage())
logging.getLogger("skytorch.client.event").addHandler(Logged())
async def wait_until_logged(reason, act=lambda: None):
    while not any(f"[{{reason}}]" in each for each in logged):
        act()
        await asyncio.sleep(0.1)
def create_event():
    pod = client.V1ObjectReference(api_version="v1", kind="Pod", namespace={namespace!r}, name="{0}-0")
    named = client.V1ObjectMeta(generate_name="{0}-0.")
    event = client.CoreV1Event(metadata=named, involved_object=pod, reason="Watched")
    client.CoreV1Api().create_namespaced_event({namespace!r}, event)
async def work():
    # The SDK reports the events from the moment it watches them, so the pod is created only then.
    compute = Compute({0!r}, {options}, suspend=True, on_events=log_event)
    await wait_until_logged("Watched", create_event)
    await compute.resume()
    await wait_until_logged("Started")
    await compute.delete()
asyncio.run(work())
"""
_TRAINING = """
import asyncio, torch
async def work():
    async with Compute({0!r}, image={image!r}) as compute:
        weights = torch.ones(4).to(compute.device("cpu")).requires_grad_()
        (weights * weights).sum().backward()
        print("gradients from {0}:", weights.grad.cpu().tolist())
asyncio.run(work())
"""
_ACTS = {
    "initialises the SDK": "init()",
    "initialises the SDK for the namespace of this scenario": "init(namespace={namespace!r})",
    "initialises the SDK with a configuration of its own": _CONFIGURED,
    'creates Compute "([^"]+)"': "Compute({0!r}, suspend=True)",
    "prints the namespace of its Computes": "print('namespace:', default_namespace())",
    'runs a function with the decorator of Compute "([^"]+)"': _DECORATED.replace("{more}", ""),
    'runs a function with the decorator of Compute "([^"]+)", which stays': _DECORATED.replace(
        "{more}", ", keep_alive=True"
    ),
    'prints the conditions of Compute "([^"]+)" while it uses it': _CONDITIONS,
    'logs the events of Compute "([^"]+)" while it uses it': _EVENTS,
    'trains on Compute "([^"]+)"': _TRAINING,
    'prints "([^"]+)"': "print({0!r})",
}


def program_text(
    acts: Iterable[str],
    namespace: str,
    kubeconfig: Callable[[], Path],
    options: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    """Return the source of a program that performs these acts in order.

    Args:
        acts: the acts, for example 'creates Compute "trainer"'.
        namespace: the namespace of the scenario.
        kubeconfig: returns the path of the kubeconfig that the program loads itself.
        options: arguments of the Computes that the program uses, for example the image.

    Raises:
        ConfigurationError: an act does not exist. The text lists the existing ones.

    Example:
        >>> print(program_text(["initialises the SDK"], "lab", Path))
        from skytorch.client import Compute, default_namespace, init
        init()
    """
    arguments = ", ".join(f"{name}={value!r}" for name, value in options.items())
    image = options.get("image")
    lines = (_line(act, namespace, kubeconfig, arguments, image) for act in acts)
    return "\n".join([_IMPORTS, *lines])


def _line(
    act: str, namespace: str, kubeconfig: Callable[[], Path], options: str, image: object
) -> str:
    for pattern, line in _ACTS.items():
        if found := re.fullmatch(pattern, act):
            file = str(kubeconfig()) if "{kubeconfig" in line else ""
            names = {"namespace": namespace, "kubeconfig": file, "options": options, "image": image}
            return line.format(*found.groups(), **names)
    raise ConfigurationError(f"a program has no act {act!r}; choose one of: {'; '.join(_ACTS)}")
