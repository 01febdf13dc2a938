"""The lines of a streamed response, which another thread may close."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

import pytest
import urllib3

from maidenhair.errors import ApiUnreachable
from maidenhair.kube.transport import Lines


class FakeResponse:
    """A response that arrives in chunks. An exception among the chunks is raised."""

    def __init__(self, chunks: Iterable[bytes | Exception]) -> None:
        self._chunks = chunks
        self.closed = False

    def stream(self, amt: int | None) -> Iterator[bytes]:
        for chunk in self._chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    def shutdown(self) -> None:
        return

    def close(self) -> None:
        self.closed = True


def lines_of(*chunks: bytes | Exception) -> tuple[Lines, FakeResponse]:
    response = FakeResponse(chunks)
    return Lines("watch Pods", cast("urllib3.BaseHTTPResponse", response)), response


def test_lines_are_put_together_from_chunks() -> None:
    lines, response = lines_of(b"on", b"e\ntwo\n\nth", b"ree\n")
    assert list(lines) == [b"one", b"two", b"three"]
    assert response.closed


def test_data_after_closing_is_not_read() -> None:
    """A TLS connection that is shut down while it is read returns encrypted data."""
    lines, response = lines_of(b"one\n", b"\x8f\xca\n(\xde\n")
    reading = iter(lines)
    assert next(reading) == b"one"
    lines.close()
    assert list(reading) == []
    assert response.closed


def test_a_connection_lost_after_closing_is_no_error() -> None:
    lines, _ = lines_of(b"one\n", OSError("shut down"))
    reading = iter(lines)
    assert next(reading) == b"one"
    lines.close()
    assert list(reading) == []


def test_a_stream_that_breaks_off_by_itself_is_an_error() -> None:
    lines, _ = lines_of(b"one\n", OSError("reset by peer"))
    with pytest.raises(
        ApiUnreachable, match="watch Pods: connection lost while streaming: reset by peer"
    ):
        list(lines)
