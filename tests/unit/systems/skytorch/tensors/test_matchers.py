"""The matcher of gRPC statuses: matches, mismatches and descriptions."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from hamcrest import starts_with

from maidenhair.errors import TransferError
from maidenhair.systems.skytorch.tensors import matchers
from maidenhair.systems.skytorch.tensors.matchers import has_grpc_status
from tests.unit.matching import description_of, mismatch_of

NOT_FOUND = TransferError("reading tensor 2", "NOT_FOUND", "no tensor 2")


@pytest.fixture(scope="module")
def target() -> Iterator[str]:
    """Yield the address of a server that fails every call."""

    def refuse(request: bytes, context: grpc.ServicerContext) -> bytes:
        context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "the disk is full")
        return b""

    handlers = {"Write": grpc.unary_unary_rpc_method_handler(refuse)}
    server = grpc.server(ThreadPoolExecutor(1))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("test.S", handlers)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()


def test_the_package_exports_its_matchers() -> None:
    assert matchers.__all__ == ["close_tensor", "equal_tensor", "has_grpc_status", "rounded_tensor"]


def test_the_status_of_a_failed_call_is_matched_and_described(target: str) -> None:
    options = [("grpc.enable_http_proxy", 0)]
    with grpc.insecure_channel(target, options=options) as channel:
        with pytest.raises(grpc.RpcError) as caught:
            channel.unary_unary("/test.S/Write")(b"", timeout=300)
        error = caught.value
        assert has_grpc_status("RESOURCE_EXHAUSTED").matches(error)
        assert has_grpc_status(grpc.StatusCode.RESOURCE_EXHAUSTED, "disk").matches(error)
        seen = "failed with RESOURCE_EXHAUSTED: the disk is full"
        assert mismatch_of(has_grpc_status("UNAVAILABLE"), error) == seen
        assert mismatch_of(has_grpc_status("RESOURCE_EXHAUSTED", starts_with("no")), error) == seen


def test_the_status_of_a_transfer_is_matched_and_described() -> None:
    assert has_grpc_status("NOT_FOUND", "tensor 2").matches(NOT_FOUND)
    assert mismatch_of(has_grpc_status("OK"), NOT_FOUND) == "failed with NOT_FOUND: no tensor 2"
    assert mismatch_of(has_grpc_status("OK"), None) == "nothing failed"
    without = "was ValueError('x'), which has no gRPC status"
    assert mismatch_of(has_grpc_status("OK"), ValueError("x")) == without
    assert (
        mismatch_of(has_grpc_status("OK"), grpc.RpcError())
        == "was RpcError(), which has no gRPC status"
    )
    wanted = "a gRPC call that fails with NOT_FOUND and details a string containing 'no'"
    assert description_of(has_grpc_status("NOT_FOUND", "no")) == wanted


def test_a_status_that_grpc_does_not_have_is_refused() -> None:
    with pytest.raises(
        ValueError, match="gRPC has no status 'NOTFOUND'; choose one of: OK, CANCELLED"
    ):
        has_grpc_status("NOTFOUND")
