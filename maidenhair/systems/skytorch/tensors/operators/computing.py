"""Computes operators twice: on a server and on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from maidenhair.systems.skytorch.tensors.named_tensors import OwnTensors
from maidenhair.systems.skytorch.tensors.operators.arguments import (
    Arguments,
    Name,
    TypeName,
    parse_arguments,
)
from maidenhair.systems.skytorch.tensors.operators.catalogue import Operator, operator_named
from maidenhair.systems.skytorch.tensors.operators.operands import operand
from maidenhair.systems.skytorch.tensors.values.conversion import from_torch, torch_dtype
from maidenhair.systems.skytorch.tensors.values.data import Computed, TensorData, TensorRef

OUT = "out"
ATEN = "aten."
REFUSED = (RuntimeError, TypeError, LookupError)
"""The errors of torch for invalid arguments, and the error for an operand that was never written."""


def compute(tensors: OwnTensors, name: str, arguments: str, dtype: str) -> Computed:
    """Compute an operator on a server and here, with the same operands.

    If the operator changes its first operand, or has the argument `out`, that tensor is the result. If torch refuses
    the arguments here, the server must refuse them, too.

    Args:
        tensors: the spec's tensors on the server.
        name: an operator of the catalogue, or the name of any other as "aten.<operator>.<overload>", which the server
            must refuse.
        arguments: its arguments, for `parse_arguments`.
        dtype: the element type of the operands.

    Raises:
        TransferError: the server refused the operator, or did not answer.
        AssertionError: the server computed an operator that it must refuse.
        ConfigurationError: an operator or an operand does not exist, or the arguments cannot be parsed.
    """
    parsed = parse_arguments(arguments)
    if name.startswith(ATEN):
        try_on_server(tensors, name, arguments, dtype, ["result"])
        raise AssertionError(f"the server computed {name}, which it must refuse")
    operator = operator_named(name, OUT in parsed.keywords)
    try:
        here = _computed_here(operator, parsed, dtype)
    except REFUSED as refused:
        try_on_server(tensors, operator.aten, arguments, dtype, ["result"])
        raise AssertionError(f"the server computed {name}, which torch refuses here") from refused
    results = [f"result {place} of {name}" for place in range(len(here))]
    try_on_server(tensors, operator.aten, arguments, dtype, results)
    if operator.changes_operand:
        results = [_key(parsed.positional[0], dtype)]
    elif OUT in parsed.keywords:
        results = [_key(parsed.keywords[OUT], dtype)]
    on_server = [tensors.read(key, each.dtype) for key, each in zip(results, here, strict=True)]
    return Computed(f"{name}({arguments}) of {dtype}", tuple(on_server), here)


def try_on_server(
    tensors: OwnTensors, aten: str, arguments: str, dtype: str, results: Sequence[str] = ()
) -> None:
    """Compute an operator on a server.

    Args:
        tensors: the spec's tensors on the server.
        aten: the name of the operator for servers, "aten.<operator>.<overload>".
        arguments: its arguments, for `parse_arguments`.
        dtype: the element type of the operands.
        results: the names for the resulting tensors.

    Raises:
        TransferError: the server refused the operator, or did not answer.
        ConfigurationError: an operand does not exist, or the arguments cannot be parsed.
    """

    def on_server(value: Any) -> Any:
        if isinstance(value, TypeName):
            return torch_dtype(value.text)
        if not isinstance(value, Name):
            return value
        key = _key(value, dtype)
        if value.text not in UNWRITTEN:
            tensors.write(key, from_torch(operand(value.text, dtype)))
        return TensorRef(tensors.id_of(key))

    positional, keywords = parse_arguments(arguments).replaced(on_server)
    outputs = [TensorRef(tensors.id_of(name)) for name in results]
    tensors.client.execute(aten, positional, outputs, keywords)


UNWRITTEN = ("unwritten tensor",)
"""The names of operands that are never written to the server."""


def _computed_here(operator: Operator, arguments: Arguments, dtype: str) -> tuple[TensorData, ...]:
    def here(value: Any) -> Any:
        if isinstance(value, TypeName):
            return torch_dtype(value.text)
        if not isinstance(value, Name):
            return value
        if value.text in UNWRITTEN:
            raise LookupError(value.text)
        return operand(value.text, dtype)

    positional, keywords = arguments.replaced(here)
    result = operator.here()(*positional, **keywords)
    many = result if isinstance(result, tuple | list) else (result,)
    return tuple(from_torch(each) for each in many)


def _key(name: Name, dtype: str) -> str:
    # The type of the first write remains the type of a named tensor, so each type needs its own names.
    return f"{name.text} of {dtype}"
