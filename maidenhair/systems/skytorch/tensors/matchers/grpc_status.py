"""A matcher of failed gRPC calls by their status."""

from __future__ import annotations

from typing import Any

import grpc
from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description
from hamcrest.core.matcher import Matcher
from hamcrest.library.text.stringcontains import contains_string

from maidenhair.errors import TransferError


def has_grpc_status(
    code: str | grpc.StatusCode, details: str | Matcher[Any] | None = None
) -> BaseMatcher[Any]:
    """Match the error of a failed gRPC call, a `grpc.RpcError` or a TransferError.

    Args:
        code: a status, or its name, for example "NOT_FOUND".
        details: a text that the details of the status contain, or a matcher of the details. Default: any details.

    Raises:
        ValueError: there is no status of that name.

    Example:
        >>> print(has_grpc_status("NOT_FOUND"))
        a gRPC call that fails with NOT_FOUND
    """
    return HasGrpcStatus(code, details)


class HasGrpcStatus(BaseMatcher[Any]):
    """Matches the error of a gRPC call that failed with a status. See `has_grpc_status`."""

    def __init__(self, code: str | grpc.StatusCode, details: str | Matcher[Any] | None) -> None:
        self._code = _name(code)
        self._details = contains_string(details) if isinstance(details, str) else details

    def _matches(self, item: Any) -> bool:
        status = _status(item)
        if status is None or status[0] != self._code:
            return False
        return self._details is None or self._details.matches(status[1])

    def describe_to(self, description: Description) -> None:
        """Describe the expected status."""
        description.append_text(f"a gRPC call that fails with {self._code}")
        if self._details is not None:
            description.append_text(" and details ").append_description_of(self._details)

    def describe_mismatch(self, item: Any, mismatch_description: Description) -> None:
        """Describe the status and its details, or that there is none."""
        mismatch_description.append_text(_describe(item))

    def describe_match(self, item: Any, match_description: Description) -> None:
        """Describe the status and its details."""
        match_description.append_text(_describe(item))


def _name(code: str | grpc.StatusCode) -> str:
    name = code.name if isinstance(code, grpc.StatusCode) else code
    if name not in grpc.StatusCode.__members__:
        known = ", ".join(grpc.StatusCode.__members__)
        raise ValueError(f"gRPC has no status {name!r}; choose one of: {known}")
    return str(name)


def _status(error: Any) -> tuple[str, str] | None:
    """Return the name and the details of an error's status, or None if it has no status."""
    if isinstance(error, TransferError):
        return error.status, error.details
    if isinstance(error, grpc.RpcError) and isinstance(error, grpc.Call):
        code = error.code()
        return (code.name, error.details() or "") if code is not None else None
    # An error of grpc.aio is not a grpc.Call.
    if isinstance(error, grpc.aio.AioRpcError):
        return error.code().name, error.details() or ""
    return None


def _describe(error: Any) -> str:
    status = _status(error)
    if status is not None:
        return f"failed with {status[0]}: {status[1] or 'no details'}"
    if error is None:
        return "nothing failed"
    return f"was {error!r}, which has no gRPC status"
