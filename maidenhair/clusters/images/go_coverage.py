"""Coverage of Go programs in pods: the code that is added to a program, and the reports of what it counted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

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


def write_reports(folder: Path, sources: Path, processes: Iterable[Counted]) -> str:
    """Write the reports of a program: index.html, functions.txt and profile.txt.

    Args:
        folder: the folder of the reports; it is created.
        sources: the folder with go.mod from which the program was built.
        processes: the counters of each process that ran the program.

    Returns:
        The percentage of statements that ran, for example "71.3".

    Raises:
        ToolchainError: Go is missing, or cannot read the counters.
    """
    raw = folder / "counters"
    raw.mkdir(parents=True, exist_ok=True)
    for number, each in enumerate(processes):
        digest = each.meta[HASH].hex()
        (raw / f"covmeta.{digest}").write_bytes(each.meta)
        (raw / f"covcounters.{digest}.{number}.1").write_bytes(each.counters)
    profile = (folder / "profile.txt").absolute()
    _tool(sources, "covdata", "textfmt", f"-i={raw.absolute()}", f"-o={profile}")
    # The sources do not contain the server of counters.
    lines = profile.read_text().splitlines(keepends=True)
    profile.write_text("".join(line for line in lines if f"/{FILE}:" not in line))
    _tool(sources, "cover", f"-html={profile}", f"-o={folder.absolute() / 'index.html'}")
    functions = _tool(sources, "cover", f"-func={profile}")
    (folder / "functions.txt").write_text(functions)
    total = TOTAL.search(functions)
    if total is None:
        raise ToolchainError(f"`go tool cover` printed no total for {profile}")
    return total.group(1)


def _tool(sources: Path, *arguments: str) -> str:
    return run([go(), "tool", *arguments], folder=sources, seconds=REPORT_SECONDS)
