"""How much memory a process has."""

from __future__ import annotations

from pathlib import Path


def resident(kind: str) -> int:
    """Return a figure of this process's memory, in bytes.

    Args:
        kind: "VmRSS" for what it has now, "VmHWM" for the most that it ever had (of itself, as getrusage's is not).
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(kind)).split()[1]) * 1024
