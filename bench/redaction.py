"""Measure the CPU time of the redaction of 10 MB of logs with 100 Secrets, beside reading the logs with one expression.

Half of the Secrets contain a long value, one of 512 KiB, and one is a release of helm. The logs contain the other
values in several encodings.
"""

from __future__ import annotations

import json
import os
import random
import re
import sys
import time
from base64 import b64encode
from collections.abc import Callable
from urllib.parse import quote

from bench.memory import resident
from maidenhair.kube.diagnosis.redaction import REDACTED, Redactor
from maidenhair.kube.objects import Object

SIZE = 10 * 1024 * 1024
SECRETS = 100
GOAL_SECONDS = 2.0
GOAL_MEBIBYTES = 50.0
WORDS = (
    *("the", "request", "to", "server", "failed", "with", "status", "while"),
    *("reconciling", "object", "namespace", "default", "pod", "node", "token", "retry"),
)
ENCODERS: tuple[Callable[[str], str], ...] = (
    str,
    lambda value: json.dumps(value)[1:-1],
    lambda value: quote(value, safe=""),
    lambda value: b64encode(value.encode()).decode(),
    lambda value: value.encode().hex(),
)


def main() -> None:
    """Measure, and print the figures."""
    chosen = random.Random(1)
    secrets, values = make_secrets(chosen)
    log = make_log(chosen, values)
    begin = time.process_time()
    re.compile(r"[0-9]+x[0-9]+y").sub("", log)
    reading = time.process_time() - begin
    before = resident("VmHWM") / 2**20
    begin = time.process_time()
    redacted = Redactor(secrets).text(log)
    seconds = time.process_time() - begin
    grown = resident("VmHWM") / 2**20 - before
    if any(value in redacted for value in values):
        sys.exit("a value of a Secret was not redacted")
    met = "met" if seconds <= GOAL_SECONDS and grown <= GOAL_MEBIBYTES else "missed"
    print(
        f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}; redacting {len(log) / 2**20:.0f} MB with "
        f"{SECRETS} Secrets: {seconds:.2f} s of CPU ({seconds / reading:.1f} times one expression), {grown:.0f} MiB "
        f"more, {redacted.count(REDACTED)} places; goal {GOAL_SECONDS:g} s and {GOAL_MEBIBYTES:g} MiB: {met}"
    )


def make_secrets(chosen: random.Random) -> tuple[list[Object], list[str]]:
    """Return Secrets, and the values that the logs contain."""
    secrets: list[Object] = []
    values: list[str] = []
    for number in range(SECRETS):
        long = 512 * 1024 if number == 0 else 4000 if number % 2 else 0
        data = {"password": _value(chosen, 24), "url": f"db&{_value(chosen, 40)}"}
        values += data.values()
        data["blob"] = _value(chosen, long)
        secrets.append(_secret(number, "Opaque", data))
    secrets.append(_secret(SECRETS, "helm.sh/release.v1", {"release": _value(chosen, 2**19)}))
    return secrets, values


def make_log(chosen: random.Random, values: list[str]) -> str:
    """Return a log with every value in it, each time in one of the encodings."""
    lines: list[str] = []
    size = 0
    while size < SIZE:
        words = " ".join(chosen.choice(WORDS) for _ in range(12))
        line = f"2026-11-30T10:00:00Z INFO {words} id={chosen.getrandbits(64):x} url=https://127.0.0.1:443/api/v1"
        if len(lines) % 100 == 0:
            encode = chosen.choice(ENCODERS)
            line += f" sent={encode(values[len(lines) // 100 % len(values)])}"
        lines.append(line)
        size += len(line) + 1
    return "\n".join(lines)


def _secret(number: int, kind: str, data: dict[str, str]) -> Object:
    encoded = {key: b64encode(value.encode()).decode() for key, value in data.items()}
    return {"kind": "Secret", "metadata": {"name": f"s{number}"}, "type": kind, "data": encoded}


def _value(chosen: random.Random, length: int) -> str:
    return "".join(chosen.choices("abcdefghijkmnpqrstuvwxyz23456789", k=length))


if __name__ == "__main__":
    main()
