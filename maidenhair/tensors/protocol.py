"""SkyTorch's messages, taken from the installed release: field numbers differ between releases, names do not."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from maidenhair.errors import ConfigurationError
from maidenhair.tensors.chunks import Chunk
from maidenhair.tensors.data import TensorData

SERVICE = "/skytorch.torch.Service"
HEALTH = "/grpc.health.v1.Health"


@dataclass(frozen=True)
class Protocol:
    """Builds requests and reads answers, whichever release of SkyTorch is installed.

    Attributes:
        service: the generated messages of `torch/server/service.proto`.
        health: the generated messages of `server/health/health.proto`.
    """

    service: ModuleType
    health: ModuleType

    @classmethod
    def installed(cls) -> Protocol:
        """Load the messages of the installed SkyTorch, without importing SkyTorch or torch.

        Raises:
            ConfigurationError: SkyTorch is not installed for this interpreter.
        """
        folder = _skytorch_folder()
        return cls(
            service=_load(folder / "torch" / "server" / "service_pb2.py"),
            health=_load(folder / "server" / "health" / "health_pb2.py"),
        )

    def first_chunk(self, tensor_id: int, tensor: TensorData, chunk: Chunk) -> Any:
        """Return the message that begins a transfer: it describes the tensor, so that the server can create it."""
        metadata = self.service.TensorMetadata(
            tensor_id=tensor_id,
            shape=tensor.shape,
            stride=tensor.strides,
            dtype=_wire_dtype(tensor.dtype),
            nbytes=tensor.data.nbytes,
            device_type="cpu",
        )
        message = self.next_chunk(tensor_id, chunk)
        message.total_bytes = tensor.data.nbytes
        message.shape.extend(tensor.shape)
        message.stride.extend(tensor.strides)
        message.dtype = _wire_dtype(tensor.dtype)
        message.metadata.CopyFrom(metadata)
        return message

    def next_chunk(self, tensor_id: int, chunk: Chunk) -> Any:
        """Return the message of a chunk after the first."""
        return self.service.TensorChunk(
            tensor_id=tensor_id,
            chunk_number=chunk.number,
            total_chunks=chunk.total,
            data=bytes(chunk.data),
        )

    def get_request(self, tensor_id: int, dtype: str) -> Any:
        """Return the request for a tensor; release 0.1.0 refuses one without an element type."""
        return self.service.GetTensorRequest(tensor_id=tensor_id, dtype=_wire_dtype(dtype))

    def delete_request(self, tensor_ids: Iterable[int]) -> Any:
        """Return the request that deletes tensors."""
        return self.service.DeleteTensorsRequest(tensor_ids=tensor_ids)


def plain_dtype(wire: str) -> str:
    """Return the name of an element type without the prefix that it has on the wire."""
    return wire.removeprefix("torch.")


def _wire_dtype(dtype: str) -> str:
    return f"torch.{dtype}"


def _skytorch_folder() -> Path:
    spec = importlib.util.find_spec("skytorch")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(
            "SkyTorch is not installed for this Python, and the tensor client needs its messages; "
            "run `maidenhair setup`, or install the package's extra `skytorch`"
        )
    return Path(next(iter(spec.submodule_search_locations)))


def _load(path: Path) -> ModuleType:
    # By path: importing it as skytorch's module would import torch, which takes seconds.
    # protobuf gives the same classes when SkyTorch itself loads the same messages.
    spec = importlib.util.spec_from_file_location(f"maidenhair_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ConfigurationError(f"{path} cannot be loaded; is SkyTorch installed completely?")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
