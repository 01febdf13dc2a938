"""The scheduler's metrics in the format of Prometheus: the devices of all nodes and their used parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hami_scheduler.nodes import Node
from hami_scheduler.uses import Card

MIB = 1024**2
ALL = 100


def metrics_text(nodes: Iterable[Node]) -> str:
    """Return the metrics of all devices of the nodes.

    Args:
        nodes: the nodes.
    """
    samples: dict[str, list[str]] = {}
    for node in nodes:
        for cards in node.cards.values():
            for card in cards:
                for name, value in _values(card):
                    samples.setdefault(name, []).append(f"{name}{{{_labels(node, card)}}} {value}")
    lines = [line for name, own in samples.items() for line in (f"# TYPE {name} gauge", *own)]
    return "\n".join([*lines, ""])


def _values(card: Card) -> Iterator[tuple[str, float]]:
    device, use = card.device, card.use
    # Compute units that are not percent are shown in percent.
    scale = ALL / device.cores if device.cores else 0
    yield "hami_gpu_memory_limit_bytes", device.memory * MIB
    yield "hami_gpu_core_limit_ratio", device.cores * scale
    yield "hami_gpu_memory_allocated_bytes", use.memory * MIB
    yield "hami_gpu_shared_count", use.shares
    yield "hami_gpu_core_allocated_ratio", use.cores * scale
    if device.memory:
        yield "hami_node_gpu_memory_allocated_ratio", use.memory / device.memory


def _labels(node: Node, card: Card) -> str:
    device = card.device
    labels = {
        "node": node.name,
        "device_uuid": device.id,
        "device_index": device.index,
        "device_type": device.type,
    }
    return ",".join(f'{name}="{value}"' for name, value in labels.items())
