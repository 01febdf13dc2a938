"""A gRPC client of SkyTorch's tensor service that is independent of SkyTorch's own client."""

from maidenhair.systems.skytorch.tensors.client import TensorClient
from maidenhair.systems.skytorch.tensors.named_tensors import OwnTensors
from maidenhair.systems.skytorch.tensors.rpc.functions import Function, RemoteTensor, Returned
from maidenhair.systems.skytorch.tensors.rpc.monitoring import Metric, Snapshot, Wanted
from maidenhair.systems.skytorch.tensors.rpc.protocol import Protocol
from maidenhair.systems.skytorch.tensors.session import Session
from maidenhair.systems.skytorch.tensors.values.conversion import (
    converted_to,
    from_torch,
    sample,
    to_torch,
)
from maidenhair.systems.skytorch.tensors.values.data import (
    Computed,
    TensorData,
    TensorLayout,
    TensorRef,
)

__all__ = [
    "Computed",
    "Function",
    "Metric",
    "OwnTensors",
    "Protocol",
    "RemoteTensor",
    "Returned",
    "Session",
    "Snapshot",
    "TensorClient",
    "TensorData",
    "TensorLayout",
    "TensorRef",
    "Wanted",
    "converted_to",
    "from_torch",
    "sample",
    "to_torch",
]
