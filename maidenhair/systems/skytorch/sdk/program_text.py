"""Python programs that use SkyTorch's SDK, generated from a list of acts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from maidenhair.errors import ConfigurationError

_IMPORTS = "from skytorch.client import Compute, default_namespace, init"
_CONFIGURED = """
from kubernetes import client, config
configuration = client.Configuration()
config.load_kube_config({kubeconfig!r}, client_configuration=configuration)
init(client_config=configuration, namespace={namespace!r})
"""
_ACTS = {
    "initialises the SDK": "init()",
    "initialises the SDK for the namespace of this scenario": "init(namespace={namespace!r})",
    "initialises the SDK with a configuration of its own": _CONFIGURED,
    'creates Compute "([^"]+)"': "Compute({0!r}, suspend=True)",
    "prints the namespace of its Computes": "print('namespace:', default_namespace())",
    'prints "([^"]+)"': "print({0!r})",
}


def program_text(acts: Iterable[str], namespace: str, kubeconfig: Callable[[], Path]) -> str:
    """Return the source of a program that performs these acts in order.

    Args:
        acts: the acts, for example 'creates Compute "trainer"'.
        namespace: the namespace of the scenario.
        kubeconfig: returns the path of the kubeconfig that the program loads itself.

    Raises:
        ConfigurationError: an act does not exist. The text lists the existing ones.

    Example:
        >>> print(program_text(["initialises the SDK"], "lab", Path))
        from skytorch.client import Compute, default_namespace, init
        init()
    """
    return "\n".join([_IMPORTS, *(_line(act, namespace, kubeconfig) for act in acts)])


def _line(act: str, namespace: str, kubeconfig: Callable[[], Path]) -> str:
    for pattern, line in _ACTS.items():
        if found := re.fullmatch(pattern, act):
            file = str(kubeconfig()) if "{kubeconfig" in line else ""
            return line.format(*found.groups(), namespace=namespace, kubeconfig=file)
    raise ConfigurationError(f"a program has no act {act!r}; choose one of: {'; '.join(_ACTS)}")
