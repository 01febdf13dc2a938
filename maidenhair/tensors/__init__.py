"""Tensors over gRPC: a client of SkyTorch's tensor service that does not use SkyTorch's own client."""

from maidenhair.tensors.attempts import failure_of
from maidenhair.tensors.client import TensorClient
from maidenhair.tensors.computed import Computed
from maidenhair.tensors.conversion import converted_to, from_torch, sample, to_torch
from maidenhair.tensors.data import TensorData, TensorLayout, TensorRef
from maidenhair.tensors.functions import Function, RemoteTensor, Returned
from maidenhair.tensors.monitoring import Metric, Snapshot, Wanted
from maidenhair.tensors.own import OwnTensors
from maidenhair.tensors.protocol import Protocol
from maidenhair.tensors.session import Session

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
    "failure_of",
    "from_torch",
    "sample",
    "to_torch",
]
