"""What the scheduler is told by its command line; the options are named as HAMi's."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from hami_scheduler.constraints import BINPACK, POLICIES, SPREAD
from hami_scheduler.node_selection import Policies
from hami_scheduler.protocol import FormatError, duration

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True)
class Configuration:
    """The scheduler's settings.

    Attributes:
        host: the address to listen at.
        port: the port to listen at.
        certificate: the file of the server's certificate.
        key: the file of its key.
        scheduler: the name by which pods ask for this scheduler.
        policies: how nodes and devices are filled where a pod does not say.
        overwrites_default: whether pods that name Kubernetes' own scheduler get this one.
        lock_expiry: how old a node's lock has to be to count no more.
        lock_patience: how many seconds a binding waits for a node's lock.
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
    log_level: str


def parse(arguments: Sequence[str]) -> Configuration:
    """Return the settings that the command line says; wrong ones end the process with what is wrong."""
    given = _parser().parse_args(arguments)
    host, _, port = given.http_bind.rpartition(":")
    return Configuration(
        host=host or "0.0.0.0",
        port=int(port),
        certificate=given.cert_file,
        key=given.key_file,
        scheduler=given.scheduler_name,
        policies=Policies(given.node_scheduler_policy, given.gpu_scheduler_policy),
        overwrites_default=given.force_overwrite_default_scheduler == "true",
        lock_expiry=given.node_lock_expire,
        lock_patience=given.node_lock_retry_timeout.total_seconds(),
        log_level=given.log_level,
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
    add("--node-lock-retry-timeout", default=timedelta(seconds=1), type=_duration)
    add("--log-level", default="INFO", choices=LOG_LEVELS)
    return parser


def _address(text: str) -> str:
    _, colon, port = text.rpartition(":")
    if not colon or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no HOST:PORT")
    return text


def _duration(text: str) -> timedelta:
    try:
        return duration(text)
    except FormatError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
