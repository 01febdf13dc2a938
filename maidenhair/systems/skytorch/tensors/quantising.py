"""Tensors that servers store but do not send as they are: types of few bits, and quantised numbers."""

from __future__ import annotations

from typing import Any

from maidenhair.systems.skytorch.tensors.named_tensors import OwnTensors
from maidenhair.systems.skytorch.tensors.operators.operands import operand
from maidenhair.systems.skytorch.tensors.values.conversion import from_torch
from maidenhair.systems.skytorch.tensors.values.data import Computed, TensorData, TensorRef

NUMBERS, QUANTISED, WHOLE, RESTORED = "numbers", "quantised", "whole numbers", "restored"
STEP, ZERO = 0.0625, 3


def quantise(tensors: OwnTensors) -> Computed:
    """Quantise a matrix on a server and here. The results are the whole numbers and the dequantised numbers.

    The quantised tensor on the server is named QUANTISED.

    Raises:
        TransferError: the server refused it, or did not answer.
    """
    import torch

    matrix = operand("matrix", "float32")
    tensors.write(NUMBERS, from_torch(matrix))
    steps: list[tuple[str, str, tuple[Any, ...], str]] = [
        (NUMBERS, "aten.quantize_per_tensor.default", (STEP, ZERO, torch.qint8), QUANTISED),
        (QUANTISED, "aten.int_repr.default", (), WHOLE),
        (QUANTISED, "aten.dequantize.self", (), RESTORED),
    ]
    for operand_name, operator, arguments, result in steps:
        source, target = (TensorRef(tensors.id_of(name)) for name in (operand_name, result))
        tensors.client.execute(operator, [source, *arguments], [target])
    whole = (matrix / STEP).round().add(ZERO).clamp(-128, 127)
    here = (from_torch(whole.to(torch.int8)), from_torch((whole - ZERO) * STEP))
    on_server = (tensors.read(WHOLE, "int8"), tensors.read(RESTORED, "float32"))
    return Computed(f"a matrix quantised by {STEP}", on_server, here)


def bytes_on_server(tensors: OwnTensors, name: str) -> TensorData:
    """Return the elements of a tensor on the server as bytes, which the server sends for any element type.

    Raises:
        TransferError: the server refused it, or did not answer.
    """
    import torch

    source, target = (TensorRef(tensors.id_of(each)) for each in (name, f"bytes of {name}"))
    tensors.client.execute("aten.view.dtype", [source, torch.uint8], [target])
    return tensors.read(f"bytes of {name}", "uint8")
