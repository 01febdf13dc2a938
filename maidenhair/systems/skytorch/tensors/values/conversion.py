"""Between torch tensors and tensors on their way; torch is imported when first needed, it takes seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from maidenhair.systems.skytorch.tensors.values.data import TensorData


def from_torch(tensor: Any) -> TensorData:
    """Return the bytes of a torch tensor; memory is copied only where the tensor is not contiguous on the CPU.

    Bytes are taken as they are stored, so types that numpy lacks (bfloat16) keep every bit.
    """
    import torch

    plain = tensor.detach().cpu().resolve_conj().resolve_neg().contiguous()
    elements = plain.reshape(-1).view(torch.uint8)
    return TensorData(
        dtype=str(plain.dtype).removeprefix("torch."),
        shape=tuple(plain.shape),
        data=elements.numpy().data.cast("B") if elements.numel() else memoryview(b""),
    )


def sample(shape: Sequence[int], dtype: str, seed: int = 7) -> TensorData:
    """Return a tensor of random bits, the same for the same arguments; floats are any, NaNs included.

    Truth values are one of two bytes, though each takes eight bits: what others mean is not defined.

    Raises:
        ValueError: torch has no element type of that name.
    """
    import torch

    empty = torch.empty(tuple(shape), dtype=torch_dtype(dtype))
    numbers = torch.Generator().manual_seed(seed)
    size = empty.numel() * empty.element_size()
    values = 2 if dtype == "bool" else 256
    elements = torch.randint(0, values, (size,), dtype=torch.uint8, generator=numbers)
    return TensorData(dtype, tuple(shape), elements.numpy().data)


def sample_or_zeros(shape: Sequence[int], dtype: str, seed: int = 7) -> TensorData:
    """Return a tensor as `sample` does, or one byte of zeros an element for a type that torch does not have."""
    try:
        return sample(shape, dtype, seed)
    except ValueError:
        return TensorData(dtype, tuple(shape), memoryview(bytes(math.prod(shape))))


def to_torch(tensor: TensorData) -> Any:
    """Return a torch tensor on the CPU with the bits of `tensor`.

    It shares memory that can be written to, such as that of a tensor that was read; other memory is copied.

    Raises:
        ValueError: torch has no element type of that name.
    """
    import torch

    dtype = torch_dtype(tensor.dtype)
    if not tensor.data.nbytes:
        return torch.empty(tensor.shape, dtype=dtype)
    data = bytearray(tensor.data) if tensor.data.readonly else tensor.data
    elements = torch.frombuffer(data, dtype=torch.uint8)
    return elements.view(dtype).reshape(tensor.shape)


def converted_to(tensor: TensorData, dtype: str) -> TensorData:
    """Return a tensor with the same numbers as elements of another type, rounded where that type requires it.

    Raises:
        ValueError: torch has no element type of that name.
    """
    return from_torch(to_torch(tensor).to(torch_dtype(dtype)))


def torch_dtype(name: str) -> Any:
    """Return torch's element type of a name such as "float32".

    Raises:
        ValueError: there is none.
    """
    import torch

    dtype = getattr(torch, name, None)
    if not isinstance(dtype, torch.dtype):
        raise ValueError(f"torch has no element type named {name!r}")
    return dtype
