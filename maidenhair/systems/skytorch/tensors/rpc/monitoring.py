"""Calls for the health and the metrics of a server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maidenhair.systems.skytorch.tensors.rpc.calls import Calls
from maidenhair.systems.skytorch.tensors.rpc.protocol import HEALTH, METRICS


@dataclass(frozen=True)
class Metric:
    """A metric.

    Attributes:
        name: its name.
        kind: its kind, for example "GAUGE" or "COUNTER".
        value: its value.
        unit: its unit.
        labels: its labels.
        timestamp: the time of the measurement, in seconds since 1970.
        help: its description.
    """

    name: str
    kind: str
    value: float
    unit: str
    labels: Mapping[str, str]
    timestamp: int
    help: str


@dataclass(frozen=True)
class Snapshot:
    """The metrics of one source at one time.

    Attributes:
        source: the name of the source.
        timestamp: the time, in seconds since 1970.
        metrics: the metrics.
    """

    source: str
    timestamp: int
    metrics: tuple[Metric, ...]


@dataclass(frozen=True)
class Wanted:
    """A filter of metrics. An empty field does not filter.

    Attributes:
        names: the names of metrics.
        sources: the names of their sources.
        labels: the labels that metrics must have.
    """

    names: Sequence[str] = ()
    sources: Sequence[str] = ()
    labels: Mapping[str, str] | None = None

    def fields(self) -> dict[str, Any]:
        """Return the fields of a request with this filter."""
        return {
            "metric_names": self.names,
            "sources": self.sources,
            "label_filters": self.labels or {},
        }


def health(calls: Calls, service: str, deadline: float | None) -> str:
    """Return the health of a service. See TensorClient.health."""
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
    """Return the current metrics. See TensorClient.metrics."""
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
    """Yield snapshots of the metrics periodically. See TensorClient.watch_metrics."""
    method = calls.method(METRICS, "StreamMetrics")
    request = method.request(interval_seconds=interval, **wanted.fields())
    call = calls.receiving(method)(
        request, metadata=calls.metadata, timeout=calls.seconds(deadline)
    )
    try:
        with calls.recorded("watching metrics"):
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
