"""PyHamcrest matchers for tensors and for errors of gRPC calls. Their descriptions fit on one line."""

from maidenhair.systems.skytorch.tensors.matchers.close import close_tensor
from maidenhair.systems.skytorch.tensors.matchers.equal import equal_tensor
from maidenhair.systems.skytorch.tensors.matchers.grpc_status import has_grpc_status
from maidenhair.systems.skytorch.tensors.matchers.rounding import rounded_tensor

__all__ = ["close_tensor", "equal_tensor", "has_grpc_status", "rounded_tensor"]
