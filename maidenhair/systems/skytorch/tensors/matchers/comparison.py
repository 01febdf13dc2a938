"""Comparisons of two tensors, and descriptions of their differences. torch is imported at the first use."""

from __future__ import annotations

from typing import Any

from maidenhair.errors import ConfigurationError
from maidenhair.systems.skytorch.tensors.values.conversion import from_torch, to_torch
from maidenhair.systems.skytorch.tensors.values.data import TensorData

MOST_SHOWN = 8


def imported_torch() -> Any:
    """Import torch, and return the module.

    Raises:
        ConfigurationError: torch is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise ConfigurationError(
            "cannot compare tensors: torch is not installed for this Python; "
            "run `maidenhair setup`, or install the package's extra `skytorch`"
        ) from error
    return torch


def is_tensor(item: Any) -> bool:
    """Return whether an item is a torch tensor or a TensorData."""
    return isinstance(item, TensorData | imported_torch().Tensor)


def on_cpu(tensor: Any) -> Any:
    """Return a tensor, or a TensorData, as a torch tensor on the CPU."""
    if isinstance(tensor, TensorData):
        return to_torch(tensor)
    return tensor.detach().cpu().resolve_conj().resolve_neg()


def form(tensor: Any) -> tuple[str, tuple[int, ...]]:
    """Return the element type of a tensor, for example "float32", and its shape."""
    return str(tensor.dtype).removeprefix("torch."), tuple(tensor.shape)


def describe(tensor: Any) -> str:
    """Describe a tensor's type and shape, and its elements if there are at most MOST_SHOWN."""
    dtype, shape = form(tensor)
    elements = on_cpu(tensor)
    values = f" {_values(elements)}" if elements.numel() <= MOST_SHOWN else ""
    return f"{dtype} tensor of shape {list(shape)}{values}"


def form_difference(actual: Any, expected: Any) -> str | None:
    """Describe the difference between the types and shapes of two tensors; None if there is no difference."""
    (dtype, shape), (wanted_dtype, wanted_shape) = form(actual), form(expected)
    found = []
    if dtype != wanted_dtype:
        found.append(f"its dtype was {dtype}, expected {wanted_dtype}")
    if shape != wanted_shape:
        found.append(f"its shape was {list(shape)}, expected {list(wanted_shape)}")
    return "; ".join(found) or None


def bitwise_different(actual: Any, expected: Any) -> Any:
    """Return a mask of the elements that differ in any bit, for two torch tensors of the same type and shape."""
    if not actual.numel():
        return imported_torch().zeros(actual.shape, dtype=imported_torch().bool)
    mask = _bytes(actual).ne(_bytes(expected)).any(dim=1)
    return mask.reshape(actual.shape)


def element_difference(actual: Any, expected: Any, different: Any) -> str:
    """Describe the number of differing elements, the first of them, and the largest difference.

    Args:
        actual: a torch tensor on the CPU.
        expected: a torch tensor on the CPU, of the same type and shape.
        different: the mask of the differing elements. At least one must be set.
    """
    count, first = (
        int(different.sum()),
        _place(different, int(different.reshape(-1).int().argmax())),
    )
    seen, wanted = _value(actual[first]), _value(expected[first])
    if seen == wanted:
        # Zeros with different signs, and NaNs with different bits, have the same text.
        seen, wanted = (
            f"{text} (bits {_bits(tensor[first])})"
            for text, tensor in ((seen, actual), (wanted, expected))
        )
    return (
        f"{count} of {actual.numel()} elements differed, first at {list(first)}: "
        f"{seen}, expected {wanted}{_largest_difference(actual, expected, different)}"
    )


def wide(tensor: Any) -> Any:
    """Return a tensor as float64, or as complex128 if it is complex, so that its elements can be subtracted."""
    torch = imported_torch()
    return tensor.to(torch.complex128 if tensor.is_complex() else torch.float64)


def is_whole(tensor: Any) -> bool:
    """Return whether the elements of a torch tensor are whole numbers or truth values."""
    return not (tensor.is_floating_point() or tensor.is_complex())


def _largest_difference(actual: Any, expected: Any, different: Any) -> str:
    torch = imported_torch()
    if actual.dtype == torch.bool:
        return ""
    distances = _distances(actual, expected)
    # A NaN has no distance. Elements that do not differ do not count.
    distances[~different | distances.isnan()] = -1.0
    flat = int(distances.reshape(-1).argmax())
    largest = float(distances.reshape(-1)[flat])
    if largest < 0:
        return ""
    return f"; the largest difference was {largest:g}, at {list(_place(different, flat))}"


def _distances(actual: Any, expected: Any) -> Any:
    torch = imported_torch()
    if is_whole(actual):
        # Not subtracted as float64, which cannot represent all large whole numbers.
        return (actual.to(torch.int64) - expected.to(torch.int64)).to(torch.float64).abs()
    return (wide(actual) - wide(expected)).abs()


def _place(tensor: Any, flat: int) -> tuple[int, ...]:
    """Return the index, one number per dimension, of the element at a position in row-major order."""
    place: list[int] = []
    for size in reversed(tensor.shape):
        flat, index = divmod(flat, size)
        place.insert(0, index)
    return tuple(place)


def _bytes(tensor: Any) -> Any:
    torch = imported_torch()
    flat = tensor.contiguous().reshape(-1)
    return flat.view(torch.uint8).reshape(flat.numel(), tensor.element_size())


def _value(element: Any) -> str:
    value = element.item()
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def _values(tensor: Any) -> str:
    if not tensor.dim():
        return _value(tensor)
    return f"[{', '.join(_values(each) for each in tensor)}]"


def _bits(element: Any) -> str:
    return bytes(reversed(from_torch(element).data)).hex()
