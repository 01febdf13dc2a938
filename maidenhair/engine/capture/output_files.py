"""The files with the output of specs that is too long for the reports."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import BinaryIO

from maidenhair.engine.capture.text_filters import TextFilters

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class OutputFiles:
    """The files with the output that is too long for the reports.

    Attributes:
        folder: the folder; it is created with the first file.
        name: returns the name of what runs, for example of a spec.
        limit: the number of bytes that the reports show at each end.
        written: the files that were created since `filter` was called.
    """

    folder: Path
    name: Callable[[], str]
    limit: int
    written: list[BinaryIO] = field(default_factory=list)

    def create(self) -> BinaryIO:
        """Create a file.

        Raises:
            OSError: it could not be created.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        stem = re.sub(r"\W+", "-", self.name()).strip("-")[-80:] or "hooks"
        for number in count(1):
            with suppress(FileExistsError):
                path = self.folder / f"{stem}-{number}.txt"
                path.touch(exist_ok=False)
                self.written.append(path.open("ab"))
                return self.written[-1]
        raise AssertionError("unreachable")

    def filter(self, filters: TextFilters) -> None:
        """Filter the files that were created since the last call. They may still be open, and written to later."""
        while self.written:
            file = self.written.pop()
            if filters:
                # Who writes the file has noted what cannot be written.
                with suppress(OSError):
                    if not file.closed:
                        file.flush()
                    _filter_file(Path(file.name), filters)


def _filter_file(path: Path, filters: TextFilters) -> None:
    """Filter a file block by block. Blocks end with a line, so that no line is cut."""
    filtered = path.with_suffix(".filtered")
    with path.open("rb") as source, filtered.open("wb") as target:
        while block := source.readlines(_BLOCK_BYTES):
            target.write(filters.data(b"".join(block)))
    # In place, because the file may be open.
    with filtered.open("rb") as source, path.open("wb") as target:
        shutil.copyfileobj(source, target)
    filtered.unlink()
