"""The scheduler's metrics in the format of Prometheus: devices and their used parts, shares of pods, and quotas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from hami_scheduler.allocations import Ledger
from hami_scheduler.nodes import Node
from hami_scheduler.quotas import Quotas
from hami_scheduler.uses import Card
from hami_scheduler.vendors import VENDORS

MIB = 1024**2
ALL = 100
Sample = tuple[str, Mapping[str, object], float]
"""The name, the labels and the value of a metric."""


def metrics_text(ledger: Ledger, quotas: Quotas) -> str:
    """Return the metrics of all devices, pods and quotas.

    Args:
        ledger: the nodes, and the devices of all pods.
        quotas: the quotas of all namespaces.
    """
    samples: dict[str, list[str]] = {}
    for name, labels, value in chain(_devices(ledger), _shares(ledger), _quotas(ledger, quotas)):
        text = ",".join(f'{label}="{each}"' for label, each in labels.items())
        samples.setdefault(name, []).append(f"{name}{{{text}}} {value}")
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


def _devices(ledger: Ledger) -> Iterator[Sample]:
    for node in ledger.nodes.values():
        for cards in node.cards.values():
            for card in cards:
                labels = _labels(node, card)
                yield from ((name, labels, value) for name, value in _values(card))


def _shares(ledger: Ledger) -> Iterator[Sample]:
    cores = {
        card.device.id: card.device.cores
        for node in ledger.nodes.values()
        for cards in node.cards.values()
        for card in cards
    }
    for holding in ledger.holdings:
        for id, use in holding.uses.items():
            labels = {
                "namespace": holding.namespace,
                "node": holding.node,
                "pod": holding.pod,
                # The scheduler adds up the containers of a pod.
                "container_index": 0,
                "device_uuid": id,
            }
            yield "hami_vgpu_memory_allocated_bytes", labels, use.memory * MIB
            yield "hami_vgpu_core_allocated_ratio", labels, use.cores * ALL / (cores.get(id) or ALL)


def _quotas(ledger: Ledger, quotas: Quotas) -> Iterator[Sample]:
    for namespace, resource, limit in quotas.limits():
        used = ledger.used_by(namespace)
        [vendor] = [each for each in VENDORS if resource in (each.memory, each.cores)]
        memory, cores = used.get(vendor.device_type, (0, 0))
        labels = {"namespace": namespace, "quota_name": resource}
        value = memory if resource == vendor.memory else cores
        yield "hami_resource_quota_used", {**labels, "limit": limit}, value
        yield "hami_resource_quota_limit", labels, limit


def _labels(node: Node, card: Card) -> dict[str, object]:
    device = card.device
    return {
        "node": node.name,
        "device_uuid": device.id,
        "device_index": device.index,
        "device_type": device.type,
    }
