"""ATen operators, computed on a server and on this machine. torch is imported at the first use."""

from maidenhair.systems.skytorch.tensors.operators.arguments import Arguments, Name, parse_arguments
from maidenhair.systems.skytorch.tensors.operators.catalogue import (
    OPERATORS,
    Operator,
    operator_named,
)
from maidenhair.systems.skytorch.tensors.operators.computing import compute, try_on_server

__all__ = [
    "OPERATORS",
    "Arguments",
    "Name",
    "Operator",
    "compute",
    "operator_named",
    "parse_arguments",
    "try_on_server",
]
