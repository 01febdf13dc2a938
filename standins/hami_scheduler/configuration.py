"""The options of the scheduler's command line, with the names of HAMi's options."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from hami_scheduler.constraints import BINPACK, POLICIES, SPREAD
from hami_scheduler.node_selection import Policies
from hami_scheduler.protocol import FormatError, duration
from hami_scheduler.vendors import VENDORS, Vendor

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True)
class Configuration:
    """The scheduler's settings.

    Attributes:
        host: the address to listen on.
        port: the port to listen on.
        certificate: the file of the server's certificate.
        key: the file of the certificate's private key.
        scheduler: the scheduler's name in pods.
        policies: the default policies for nodes and devices.
        overwrites_default: whether pods with Kubernetes' default scheduler get this one.
        lock_expiry: the age at which a node's lock expires.
        lock_patience: seconds that the binding of a member of a PodGroup waits for a node's lock.
        vendors: the vendors that the scheduler knows.
        metrics: the host and the port for metrics; None for no metrics.
        lease: the name of the Lease by which replicas elect their leader; "" if they do not.
        log_level: one of LOG_LEVELS.
    """

    host: str
    port: int
    certificate: Path
    key: Path
    scheduler: str
    policies: Policies
    overwrites_default: bool
    lock_expiry: timedelta
    lock_patience: float
    vendors: tuple[Vendor, ...]
    metrics: tuple[str, int] | None
    lease: str
    log_level: str


def parse(arguments: Sequence[str]) -> Configuration:
    """Parse the command line. If an option is wrong, print the reason and exit with status 2."""
    options = _parser().parse_args(arguments)
    host, port = _host_and_port(options.http_bind)
    return Configuration(
        host=host,
        port=port,
        certificate=options.cert_file,
        key=options.key_file,
        scheduler=options.scheduler_name,
        policies=Policies(options.node_scheduler_policy, options.gpu_scheduler_policy),
        overwrites_default=options.force_overwrite_default_scheduler == "true",
        lock_expiry=options.node_lock_expire,
        lock_patience=options.node_lock_retry_timeout.total_seconds(),
        vendors=tuple(
            each for each in VENDORS if not each.is_optional or _is_enabled(each, options)
        ),
        metrics=_host_and_port(options.metrics_bind_address)
        if options.metrics_bind_address
        else None,
        lease=options.leader_elect_resource_name if options.leader_elect == "true" else "",
        log_level=options.log_level,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hami_scheduler", allow_abbrev=False)
    add = parser.add_argument
    add("--http_bind", default="0.0.0.0:9443", type=_address, metavar="HOST:PORT")
    add("--cert_file", required=True, type=Path)
    add("--key_file", required=True, type=Path)
    add("--scheduler-name", default="hami-scheduler")
    add("--node-scheduler-policy", default=BINPACK, choices=POLICIES)
    add("--gpu-scheduler-policy", default=SPREAD, choices=POLICIES)
    add("--force-overwrite-default-scheduler", default="true", choices=("true", "false"))
    add("--node-lock-expire", default=timedelta(minutes=5), type=_duration)
    add("--node-lock-retry-timeout", default=timedelta(seconds=28), type=_duration)
    add("--log-level", default="INFO", choices=LOG_LEVELS)
    add("--metrics-bind-address", type=_address, metavar="HOST:PORT")
    add("--leader-elect", default="false", choices=("true", "false"))
    add("--leader-elect-resource-name", default="hami-scheduler")
    add("--enable-ascend", action="store_true")
    add("--enable-iluvatar", action="store_true")
    # HAMi's limits of requests to the API, and its verbosity. This stand-in has neither.
    add("--kube-qps", type=float)
    add("--kube-burst", type=int)
    add("-v", type=int)
    return parser


def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host or "0.0.0.0", int(port)


def _is_enabled(vendor: Vendor, options: argparse.Namespace) -> bool:
    return bool(options.enable_ascend if vendor.soft_mode else options.enable_iluvatar)


def _address(text: str) -> str:
    _, colon, port = text.rpartition(":")
    if not colon or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no address; write HOST:PORT")
    return text


def _duration(text: str) -> timedelta:
    try:
        return duration(text)
    except FormatError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
