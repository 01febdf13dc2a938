"""Coverage of Go programs in pods: the code that is added to a program, and the reports of what it counted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from maidenhair._util.files import write_atomically
from maidenhair.clusters.toolchain.go import go
from maidenhair.clusters.toolchain.process import run
from maidenhair.errors import ToolchainError

PORT = 9870
"""The port on which a program serves its counters."""
SERVER = f"""package main

import (
	"net/http"
	"runtime/coverage"
)

func init() {{
	mux := http.NewServeMux()
	mux.HandleFunc("/meta", func(writer http.ResponseWriter, _ *http.Request) {{
		_ = coverage.WriteMeta(writer)
	}})
	mux.HandleFunc("/counters", func(writer http.ResponseWriter, _ *http.Request) {{
		_ = coverage.WriteCounters(writer)
	}})
	go func() {{ _ = http.ListenAndServe(":{PORT}", mux) }}()
}}
"""
"""A file of the package of a program. A pod that is killed writes no counters, so they are read while it runs."""
FILE = "maidenhair_coverage.go"
HASH = slice(24, 40)
"""The place of the hash in a file of metadata, which the names of all files contain."""
REPORT_SECONDS = 300.0
TOTAL = re.compile(r"^total:\s+\(statements\)\s+([\d.]+)%$", re.MULTILINE)


@dataclass(frozen=True)
class Counted:
    """The counters of one process.

    Attributes:
        meta: the description of the program's statements.
        counters: how often each ran.
    """

    meta: bytes
    counters: bytes

    def save(self, folder: Path, process: int) -> None:
        """Write the counters to a folder that `go tool covdata` reads. It is created if needed.

        Args:
            folder: the folder.
            process: the number of the process. Its earlier counters are replaced.
        """
        folder.mkdir(parents=True, exist_ok=True)
        digest = self.meta[HASH].hex()
        write_atomically(folder / f"covmeta.{digest}", self.meta)
        write_atomically(folder / f"covcounters.{digest}.{process}.1", self.counters)


def write_reports(folder: Path, sources: Path, counters: Path, before: Path) -> str:
    """Write the reports of a program: index.html, functions.txt and profile.txt.

    Args:
        folder: the folder of the reports.
        sources: the folder with go.mod from which the program was built.
        counters: the folder with the counters of each process that ran the program.
        before: the folder with earlier counters of these processes, which do not count; it need not exist.

    Returns:
        The percentage of statements that ran, for example "71.3".

    Raises:
        ToolchainError: Go is missing, or cannot read the counters.
    """
    profile = (folder / "profile.txt").absolute()
    found = _profile(sources, counters, profile)
    if before.is_dir():
        earlier = _profile(sources, before, folder.absolute() / "before.txt")
        found = {block: count - earlier.get(block, 0) for block, count in found.items()}
    lines = [f"{block} {max(count, 0)}\n" for block, count in found.items()]
    profile.write_text("".join(["mode: atomic\n", *lines]))
    _tool(sources, "cover", f"-html={profile}", f"-o={folder.absolute() / 'index.html'}")
    functions = _tool(sources, "cover", f"-func={profile}")
    (folder / "functions.txt").write_text(functions)
    total = TOTAL.search(functions)
    if total is None:
        raise ToolchainError(f"`go tool cover` printed no total for {profile}")
    return total.group(1)


def _profile(sources: Path, counters: Path, file: Path) -> dict[str, int]:
    """Write the counters to a file as text. Return how often each block of statements ran."""
    _tool(sources, "covdata", "textfmt", f"-i={counters.absolute()}", f"-o={file}")
    _, *lines = file.read_text().splitlines()
    # The sources do not contain the server of counters.
    blocks = [line.rpartition(" ") for line in lines if f"/{FILE}:" not in line]
    return {block: int(count) for block, _, count in blocks}


def _tool(sources: Path, *arguments: str) -> str:
    return run([go(), "tool", *arguments], folder=sources, seconds=REPORT_SECONDS)
