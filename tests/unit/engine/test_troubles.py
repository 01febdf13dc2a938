"""Exceptions that travel between processes."""

from __future__ import annotations

import pickle

import pytest

from maidenhair.engine.capture.troubles import Trouble


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(2, "No such file or directory", "missing"),
        OSError(18, "Invalid cross-device link", "here", None, "there"),
        TimeoutError("too late"),
        KeyError("k"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    ],
)
def test_a_built_in_exception_is_of_the_same_type_with_the_same_text(error: Exception) -> None:
    trouble = Trouble.of(error, None)
    assert trouble is not None
    made = pickle.loads(pickle.dumps(trouble)).exception()

    assert (type(made), made.args, str(made)) == (type(error), error.args, str(error))
