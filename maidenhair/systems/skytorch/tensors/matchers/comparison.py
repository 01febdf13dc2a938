"""What two tensors are compared by, and how a mismatch is told; torch is imported when first needed."""

from __future__ import annotations

from typing import Any

from maidenhair.errors import ConfigurationError
from maidenhair.systems.skytorch.tensors.values.conversion import from_torch, to_torch
from maidenhair.systems.skytorch.tensors.values.data import TensorData

MOST_SHOWN = 8


def imported_torch() -> Any:
    """Return the module torch.

    Raises:
        ConfigurationError: it is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise ConfigurationError(
            "torch, which compares tensors, is not installed for this Python; "
            "run `maidenhair setup`, or install the package's extra `skytorch`"
        ) from error
    return torch


def is_tensor(item: Any) -> bool:
    """Tell whether something is a tensor, torch's or one on its way."""
    return isinstance(item, TensorData | imported_torch().Tensor)


def on_cpu(tensor: Any) -> Any:
    """Return a torch tensor on the CPU with the elements of a tensor."""
    if isinstance(tensor, TensorData):
        return to_torch(tensor)
    return tensor.detach().cpu().resolve_conj().resolve_neg()


def form(tensor: Any) -> tuple[str, tuple[int, ...]]:
    """Return a tensor's element type, as torch names it without the prefix, and its shape."""
    return str(tensor.dtype).removeprefix("torch."), tuple(tensor.shape)


def described(tensor: Any) -> str:
    """Return a tensor's form, and its elements where they are few."""
    dtype, shape = form(tensor)
    elements = on_cpu(tensor)
    values = f" {_values(elements)}" if elements.numel() <= MOST_SHOWN else ""
    return f"{dtype} tensor of shape {list(shape)}{values}"


def told_form(actual: Any, expected: Any) -> str | None:
    """Return in what the forms of two tensors differ, or None where they do not."""
    (dtype, shape), (wanted_dtype, wanted_shape) = form(actual), form(expected)
    found = []
    if dtype != wanted_dtype:
        found.append(f"its dtype was {dtype}, expected {wanted_dtype}")
    if shape != wanted_shape:
        found.append(f"its shape was {list(shape)}, expected {list(wanted_shape)}")
    return "; ".join(found) or None


def bitwise_different(actual: Any, expected: Any) -> Any:
    """Return, for two torch tensors of one form, which elements differ in any bit, as a mask."""
    if not actual.numel():
        return imported_torch().zeros(actual.shape, dtype=imported_torch().bool)
    mask = _bytes(actual).ne(_bytes(expected)).any(dim=1)
    return mask.reshape(actual.shape)


def told_elements(actual: Any, expected: Any, different: Any) -> str:
    """Return how many elements differ, where first, and the largest difference.

    Args:
        actual: a torch tensor on the CPU.
        expected: one of the same form.
        different: which elements differ, as a mask; at least one.
    """
    count, first = (
        int(different.sum()),
        _place(different, int(different.reshape(-1).int().argmax())),
    )
    seen, wanted = _value(actual[first]), _value(expected[first])
    if seen == wanted:
        # Zeros of two signs, or NaNs of other bits, would read the same.
        seen, wanted = (
            f"{text} (bits {_bits(tensor[first])})"
            for text, tensor in ((seen, actual), (wanted, expected))
        )
    return (
        f"{count} of {actual.numel()} elements differed, first at {list(first)}: "
        f"{seen}, expected {wanted}{_told_largest(actual, expected, different)}"
    )


def wide(tensor: Any) -> Any:
    """Return a tensor's elements as numbers that can be subtracted: float64, or complex128."""
    torch = imported_torch()
    return tensor.to(torch.complex128 if tensor.is_complex() else torch.float64)


def is_whole(tensor: Any) -> bool:
    """Tell whether a torch tensor's elements are whole numbers, or truth values."""
    return not (tensor.is_floating_point() or tensor.is_complex())


def _told_largest(actual: Any, expected: Any, different: Any) -> str:
    torch = imported_torch()
    if actual.dtype == torch.bool:
        return ""
    distances = _distances(actual, expected)
    # Of a NaN there is no distance, nor between elements that do not differ.
    distances[~different | distances.isnan()] = -1.0
    flat = int(distances.reshape(-1).argmax())
    largest = float(distances.reshape(-1)[flat])
    if largest < 0:
        return ""
    return f"; the largest difference was {largest:g}, at {list(_place(different, flat))}"


def _distances(actual: Any, expected: Any) -> Any:
    torch = imported_torch()
    if is_whole(actual):
        # Not subtracted as float64, in which large whole numbers next to each other are the same.
        return (actual.to(torch.int64) - expected.to(torch.int64)).to(torch.float64).abs()
    return (wide(actual) - wide(expected)).abs()


def _place(tensor: Any, flat: int) -> tuple[int, ...]:
    """Return the index of the element at a position in row-major order."""
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
