"""Conversion between torch tensors and TensorData. torch is imported at the first use, because that takes seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from maidenhair.systems.skytorch.tensors.values.data import TensorData


def from_torch(tensor: Any) -> TensorData:
    """Return a torch tensor as TensorData. The elements are copied only if the tensor is not contiguous on the CPU.

    Every bit is preserved, also of types that numpy lacks, for example bfloat16.
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
    """Return a tensor of random bits. The same arguments give the same tensor.

    Floating-point numbers may have any bits, including those of NaNs. Truth values are the bytes 0 or 1, because the
    meaning of other bytes is undefined.

    Args:
        shape: the size of each dimension.
        dtype: the element type, for example "float32".
        seed: the seed of the random bits.

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
    """Return the tensor of `sample`. For a type that torch lacks, return one zero byte per element."""
    try:
        return sample(shape, dtype, seed)
    except ValueError:
        return TensorData(dtype, tuple(shape), memoryview(bytes(math.prod(shape))))


def to_torch(tensor: TensorData) -> Any:
    """Return a torch tensor on the CPU with the bits of `tensor`.

    It shares writable memory, for example that of a tensor that was read. Read-only memory is copied.

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
    """Return a tensor with its elements converted to another type, rounded where necessary.

    Raises:
        ValueError: torch has no element type of that name.
    """
    return from_torch(to_torch(tensor).to(torch_dtype(dtype)))


def torch_dtype(name: str) -> Any:
    """Return torch's element type of a name, for example "float32".

    Raises:
        ValueError: torch has no element type of that name.
    """
    import torch

    dtype = getattr(torch, name, None)
    if not isinstance(dtype, torch.dtype):
        raise ValueError(f"torch has no element type named {name!r}")
    return dtype
