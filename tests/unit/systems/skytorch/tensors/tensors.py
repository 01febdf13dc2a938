"""Tensors of various types, shapes and layouts in memory."""

from __future__ import annotations

from tests.conftest import imported
from tests.unit.systems.skytorch.skytorch_server import CHUNK

torch = imported("torch")

TENSORS = {
    "numbers": torch.arange(12, dtype=torch.float32).reshape(3, 4),
    "bfloat16": torch.linspace(-1, 1, 33).to(torch.bfloat16),
    "complex": torch.complex(torch.arange(6.0), -torch.arange(6.0)).reshape(2, 3),
    "boolean": torch.tensor([True, False, True]),
    "one number": torch.tensor(7, dtype=torch.int64),
    "not contiguous": torch.arange(12, dtype=torch.int32).reshape(3, 4).t(),
    "nan with payload": torch.tensor([0x7FC12345, -1], dtype=torch.int32).view(torch.float32),
    "a chunk less one byte": torch.arange(CHUNK - 1, dtype=torch.int32).to(torch.uint8),
    "a chunk": torch.arange(CHUNK, dtype=torch.int32).to(torch.uint8),
    "a chunk and one byte": torch.arange(CHUNK + 1, dtype=torch.int32).to(torch.uint8),
    "many chunks": torch.arange(CHUNK, dtype=torch.float64),
}
