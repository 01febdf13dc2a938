"""Requests that follow a kind whose definition was replaced by one with another scope, plural or version."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from maidenhair.errors import ApiRefused

P = ParamSpec("P")
T = TypeVar("T")


class KindMoved(Exception):
    """The API server serves a kind at another path than before. Only `following_kinds` sees this.

    Attributes:
        refused: the answer to the request with the former path.
    """

    def __init__(self, refused: ApiRefused) -> None:
        super().__init__(str(refused))
        self.refused = refused


def following_kinds(method: Callable[P, T]) -> Callable[P, T]:
    """Wrap a method of a client, so that it is called a second time if it raises `KindMoved`.

    Raises:
        ApiRefused: the kind moved again meanwhile.
    """

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except KindMoved:
            pass
        try:
            return method(*args, **kwargs)
        except KindMoved as moved:
            raise moved.refused from None

    return call
