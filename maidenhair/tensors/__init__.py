"""Tensors over gRPC: a client of SkyTorch's tensor service that does not use SkyTorch's own client."""

from maidenhair.tensors.attempts import failure_of
from maidenhair.tensors.client import TensorClient
from maidenhair.tensors.conversion import converted_to, from_torch, sample, to_torch
from maidenhair.tensors.data import TensorData
from maidenhair.tensors.own import OwnTensors

__all__ = [
    "OwnTensors",
    "TensorClient",
    "TensorData",
    "converted_to",
    "failure_of",
    "from_torch",
    "sample",
    "to_torch",
]
