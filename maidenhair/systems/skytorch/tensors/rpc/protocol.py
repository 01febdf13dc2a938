"""SkyTorch's messages, from the .proto files of a release. Releases differ in field numbers, but not in names."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from maidenhair.errors import ConfigurationError
from maidenhair.systems.skytorch.tensors.rpc import descriptors

SERVICE = "skytorch.torch.Service"
HEALTH = "grpc.health.v1.Health"
METRICS = "skytorch.metrics.v1.Metrics"
FILES = (
    "torch/server/service.proto",
    "server/health/health.proto",
    "server/metrics/metrics.proto",
)


@dataclass(frozen=True)
class Method:
    """A call of a service: its path, and the classes of its request and response."""

    path: str
    request: Any
    response: Any


class Protocol:
    """The messages and calls of a release of SkyTorch.

    One process can load several releases.

    Args:
        folder: the folder of the release's package `skytorch`.
        cache: the folder for compiled descriptors. Default: a folder in the user's cache.

    Raises:
        ConfigurationError: a .proto file is missing or cannot be compiled.
    """

    def __init__(self, folder: Path, cache: Path | None = None) -> None:
        self._pool = descriptors.load(folder, FILES, cache)
        self._methods = {
            f"{service}/{name}": method
            for service in (SERVICE, HEALTH, METRICS)
            for name, method in _methods_of(self._pool, service).items()
        }

    @classmethod
    def installed(cls) -> Protocol:
        """Return the protocol of the installed SkyTorch, without importing SkyTorch or torch.

        Raises:
            ConfigurationError: SkyTorch is not installed for this Python.
        """
        return _of(_skytorch_folder())

    def method(self, service: str, name: str) -> Method | None:
        """Return a call of a service, or None if the release has no such call."""
        return self._methods.get(f"{service}/{name}")

    def message(self, name: str) -> Any:
        """Return the class of a message of the tensor service, for example "TensorChunk".

        Raises:
            KeyError: the release has no such message.
        """
        return GetMessageClass(self._pool.FindMessageTypeByName(f"skytorch.torch.{name}"))

    @property
    def answers_every_request(self) -> bool:
        """Return whether the stream of operations answers each request. Later releases answer only reads.

        The protocol itself does not show it. The releases that execute functions are the later ones.
        """
        return self.method(SERVICE, "ExecuteFunction") is None


@cache
def _of(folder: Path) -> Protocol:
    return Protocol(folder)


def _skytorch_folder() -> Path:
    spec = importlib.util.find_spec("skytorch")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(
            "the tensor client needs SkyTorch's messages, but SkyTorch is not installed for this Python; "
            "run `maidenhair setup`, or install the package's extra `skytorch`"
        )
    return Path(next(iter(spec.submodule_search_locations)))


def _methods_of(pool: DescriptorPool, service: str) -> Mapping[str, Method]:
    described = pool.FindServiceByName(service)
    return {
        method.name: Method(
            f"/{service}/{method.name}",
            GetMessageClass(method.input_type),
            GetMessageClass(method.output_type),
        )
        for method in described.methods
    }
