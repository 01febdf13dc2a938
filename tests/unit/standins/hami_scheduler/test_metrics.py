"""The metrics of the HAMi stand-in, as the reader of metrics reads them."""

from __future__ import annotations

from hami_scheduler.allocations import Ledger
from hami_scheduler.metrics import metrics_text
from hami_scheduler.protocol import Share
from hami_scheduler.quotas import Quotas
from maidenhair.systems.devices.hami.metrics import parse_metrics

from .hami_cluster import container, device, node, pod, quota


def test_metrics_move_with_allocations() -> None:
    ledger, quotas = Ledger(), Quotas()
    quotas.put(quota("q", gpumem=1000))
    ledger.put_node(node("n", device("a"), device("b")))
    share = Share("a", "NVIDIA", 250, 30)
    ledger.assign(pod("p", container(gpu=1)), "n", {"NVIDIA": ((share,),)})
    found = parse_metrics(metrics_text(ledger, quotas))
    assert found["hami_gpu_memory_allocated_bytes", "a"] == 250 * 1024**2
    assert found["hami_gpu_core_allocated_ratio", "a"] == 30
    assert found["hami_node_gpu_memory_allocated_ratio", "a"] == 0.25
    assert found["hami_gpu_shared_count", "b"] == 0
    assert found["hami_vgpu_memory_allocated_bytes", "a"] == 250 * 1024**2
    assert found["hami_vgpu_core_allocated_ratio", "a"] == 30
    assert found["hami_resource_quota_limit", "lab/nvidia.com/gpumem"] == 1000
    assert found["hami_resource_quota_used", "lab/nvidia.com/gpumem"] == 250
    ledger.release("uid-p")
    found = parse_metrics(metrics_text(ledger, quotas))
    assert found["hami_gpu_memory_allocated_bytes", "a"] == 0


def test_other_lines_are_no_metrics_of_devices() -> None:
    assert parse_metrics('# HELP x y\nup 1\nx{namespace="a"} 2\n') == {}
