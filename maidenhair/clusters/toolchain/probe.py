"""Reads an executable's version by asking it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from maidenhair.clusters.toolchain import version
from maidenhair.errors import ToolchainError

PROBE_SECONDS = 20.0


@dataclass(frozen=True)
class Probe:
    """How an executable tells its version.

    Attributes:
        arguments: what makes it print its version and end.
        pattern: finds the text with the version in what it printed; its first group, if it has one.
    """

    arguments: tuple[str, ...] = ("--version",)
    pattern: str = r"\d+\.\d+(?:\.\d+)?"

    def read(
        self, executable: Path, environment: Mapping[str, str] | None = None
    ) -> tuple[int, ...]:
        """Return the version of `executable`.

        Raises:
            ToolchainError: it could not be run, did not end in time, or printed no version.
        """
        printed = _printed([str(executable), *self.arguments], environment or {})
        found = re.search(self.pattern, printed)
        if found is None:
            raise ToolchainError(f"{executable} printed no version but: {printed.strip()[:200]!r}")
        return version.parse(found.group(found.re.groups))


def _printed(command: list[str], environment: Mapping[str, str]) -> str:
    # A CNI plugin tells its versions on standard error, and some programs end with an error status.
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=PROBE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ToolchainError(
            f"{command[0]} did not tell its version within {PROBE_SECONDS:g} s"
        ) from error
    except OSError as error:
        raise ToolchainError(f"{command[0]} could not be started: {error.strerror}") from error
    return done.stdout
