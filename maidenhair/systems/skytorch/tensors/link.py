"""Slow and broken links: the proxy Toxiproxy on this machine, between a client and its server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import requests
import tenacity

from maidenhair._util.ports import HOST, free_port
from maidenhair._util.process import Background
from maidenhair.errors import ClusterError, ConfigurationError

START_SECONDS = 20.0
ANSWER_SECONDS = 10.0


class Link:
    """A link to one server, at full speed until it gets a fault. It is a context manager.

    Args:
        program: the executable of Toxiproxy's server.
        upstream: the server's address, as "host:port".

    Attributes:
        target: the address to connect to, as "host:port"; empty until the context is entered.

    Raises:
        ClusterError: Toxiproxy did not start, or refused a request.
    """

    def __init__(self, program: Path, upstream: str) -> None:
        self._program = program
        self._upstream = upstream
        self._port = free_port()
        self._server = Background([program, "-host", HOST, "-port", str(self._port)])
        self._stack = ExitStack()
        self._session = requests.Session()
        # Requests go to this machine, so a proxy of the environment must not get them.
        self._session.trust_env = False
        self.target = ""

    def __enter__(self) -> Link:
        with ExitStack() as stack:
            stack.callback(self._session.close)
            stack.enter_context(self._server)
            self.target = self._create_proxy()["listen"]
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the proxy, which breaks all connections."""
        self._stack.close()

    def delay(self, milliseconds: int) -> None:
        """Delay all bytes by a number of milliseconds, in each direction."""
        for stream in ("upstream", "downstream"):
            self._add("latency", stream, latency=milliseconds)

    def narrow(self, kilobytes: int) -> None:
        """Limit the bandwidth to a number of kilobytes per second, in each direction."""
        for stream in ("upstream", "downstream"):
            self._add("bandwidth", stream, rate=kilobytes)

    def slice(self, size: int) -> None:
        """Split the bytes from the server into pieces of about `size` bytes."""
        self._add("slicer", "downstream", average_size=size, size_variation=size // 2, delay=10)

    def cut_after(self, size: int) -> None:
        """Break each connection after `size` bytes from the server."""
        self._add("limit_data", "downstream", bytes=size)

    def set_fault(self, fault: str) -> None:
        """Add a fault to the link.

        Args:
            fault: a name of FAULTS, for example "breaks after 1 MB".

        Raises:
            ConfigurationError: there is no such fault.
            ClusterError: Toxiproxy refused it.
        """
        if fault not in FAULTS:
            known = ", ".join(FAULTS)
            raise ConfigurationError(f"a link has no fault {fault!r}; choose one of: {known}")
        FAULTS[fault](self)

    def _add(self, kind: str, stream: str, **attributes: int) -> None:
        self._request(
            "/proxies/link/toxics", {"type": kind, "stream": stream, "attributes": attributes}
        )

    def _create_proxy(self) -> Any:
        proxy = {"name": "link", "listen": f"{HOST}:0", "upstream": self._upstream}

        def make() -> Any:
            if (ended := self._server.exit_description()) is not None:
                raise ClusterError(f"cannot start Toxiproxy: {self._program} {ended}")
            return self._request("/proxies", proxy)

        starting = tenacity.Retrying(
            stop=tenacity.stop_after_delay(START_SECONDS),
            wait=tenacity.wait_fixed(0.05),
            retry=tenacity.retry_if_exception_type(requests.ConnectionError),
            reraise=True,
        )
        try:
            return starting(make)
        except requests.ConnectionError as error:
            raise ClusterError(
                f"cannot start Toxiproxy: {self._program} does not answer after {START_SECONDS:g} s: {error}"
            ) from error

    def _request(self, path: str, body: dict[str, Any]) -> Any:
        answer = self._session.post(
            f"http://{HOST}:{self._port}{path}", json=body, timeout=ANSWER_SECONDS
        )
        if not answer.ok:
            raise ClusterError(f"Toxiproxy refused {body}: {answer.status_code} {answer.text}")
        return answer.json()


FAULTS: dict[str, Callable[[Link], None]] = {
    "takes 200 ms longer each way": lambda link: link.delay(200),
    "lets 1 MB a second pass": lambda link: link.narrow(1000),
    "lets 10 KB a second pass": lambda link: link.narrow(10),
    "lets bytes pass in small pieces": lambda link: link.slice(50_000),
    "breaks after 1 MB": lambda link: link.cut_after(1_000_000),
}
"""The faults of a link, by their names in features."""
