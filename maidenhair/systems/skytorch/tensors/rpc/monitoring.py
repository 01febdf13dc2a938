"""What a server says of itself: its health and its metrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maidenhair.systems.skytorch.tensors.rpc.calls import Calls
from maidenhair.systems.skytorch.tensors.rpc.protocol import HEALTH, METRICS


@dataclass(frozen=True)
class Metric:
    """One number: its name, kind ("GAUGE", "COUNTER", …), unit and labels; its time is in seconds since 1970."""

    name: str
    kind: str
    value: float
    unit: str
    labels: Mapping[str, str]
    timestamp: int
    help: str


@dataclass(frozen=True)
class Snapshot:
    """What one source of metrics told at one time, in seconds since 1970."""

    source: str
    timestamp: int
    metrics: tuple[Metric, ...]


@dataclass(frozen=True)
class Wanted:
    """Which metrics are wanted; all where nothing is named.

    Attributes:
        names: the names of metrics.
        sources: the names of their sources.
        labels: labels that they have.
    """

    names: Sequence[str] = ()
    sources: Sequence[str] = ()
    labels: Mapping[str, str] | None = None

    def fields(self) -> dict[str, Any]:
        """Return the fields of a request for them."""
        return {
            "metric_names": self.names,
            "sources": self.sources,
            "label_filters": self.labels or {},
        }


def health(calls: Calls, service: str, deadline: float | None) -> str:
    """Return the server's word on a service; see TensorClient.health."""
    method = calls.method(HEALTH, "Check")
    call, request = calls.unary(method), method.request(service=service)
    answer = calls.run(
        "checking the server's health",
        lambda seconds: call(request, metadata=calls.metadata, timeout=seconds),
        deadline,
        repeatable=True,
    )
    return str(method.response.ServingStatus.Name(answer.status))


def metrics(calls: Calls, wanted: Wanted, deadline: float | None) -> tuple[Snapshot, ...]:
    """Return what the sources tell now; see TensorClient.metrics."""
    method = calls.method(METRICS, "GetMetrics")
    call, request = calls.unary(method), method.request(**wanted.fields())
    answer = calls.run(
        "reading metrics",
        lambda seconds: call(request, metadata=calls.metadata, timeout=seconds),
        deadline,
        repeatable=True,
    )
    return tuple(_snapshot(snapshot) for snapshot in answer.snapshots)


def watch_metrics(
    calls: Calls, interval: float, wanted: Wanted, deadline: float | None
) -> Iterator[Snapshot]:
    """Give what the sources tell, again and again; see TensorClient.watch_metrics."""
    method = calls.method(METRICS, "StreamMetrics")
    request = method.request(interval_seconds=interval, **wanted.fields())
    call = calls.receiving(method)(
        request, metadata=calls.metadata, timeout=calls.seconds(deadline)
    )
    try:
        with calls.told("watching metrics"):
            for snapshot in call:
                yield _snapshot(snapshot)
    finally:
        call.cancel()


def _snapshot(message: Any) -> Snapshot:
    kinds = message.DESCRIPTOR.file.enum_types_by_name["MetricType"].values_by_number
    return Snapshot(
        message.source,
        message.timestamp,
        tuple(
            Metric(
                metric.name,
                kinds[metric.type].name,
                metric.value,
                metric.unit,
                dict(metric.labels),
                metric.timestamp,
                metric.help,
            )
            for metric in message.metrics
        ),
    )
