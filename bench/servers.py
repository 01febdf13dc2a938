"""Servers of tensors for measurements, each in a process of its own on 127.0.0.1."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from maidenhair._util.ports import free_port
from maidenhair._util.progress import Progress
from maidenhair.clusters.toolchain import Toolchain
from maidenhair.config.cluster import Settings
from maidenhair.systems.skytorch.components import components
from maidenhair.systems.skytorch.tensors import TensorClient
from maidenhair.waiting import eventually

START_SECONDS = 120.0


@contextmanager
def minimal_server() -> Iterator[str]:
    """Give the address of a server that only keeps messages."""
    command = [sys.executable, "-m", "maidenhair.systems.skytorch.tensors.minimal_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None:
                sys.exit("a process without a pipe")
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@contextmanager
def skytorch_server(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Give the address and the process of the real server; its log goes into `folder`."""
    port = str(free_port())
    command = [sys.executable, "-m", "skytorch.torch.server", "--host", "127.0.0.1", "--port", port]
    with running(command, folder / "skytorch.log", f"127.0.0.1:{port}") as process:
        yield f"127.0.0.1:{port}", psutil.Process(process.pid)


@contextmanager
def envoy(folder: Path, upstream: str) -> Iterator[str]:
    """Give the address of an Envoy that passes HTTP/2 on to `upstream`; its files go into `folder`."""
    port = free_port()
    toolchain = Toolchain(Settings(), Progress(), extra=[components])
    binary = toolchain.ensure(["envoy"])["envoy"].path
    configuration = folder / "envoy.json"
    configuration.write_text(json.dumps(_passing_on(port, upstream)))
    command = [str(binary), "--config-path", str(configuration), "--use-dynamic-base-id"]
    with running(command, folder / "envoy.log", f"127.0.0.1:{port}"):
        yield f"127.0.0.1:{port}"


@contextmanager
def running(command: list[str], log: Path, target: str) -> Iterator[subprocess.Popen[bytes]]:
    """Give the process of a command once a tensor service answers at `target`; end it afterwards."""
    with (
        log.open("w") as output,
        subprocess.Popen(command, stdout=output, stderr=output) as process,
    ):
        try:
            with TensorClient(target) as client:
                eventually(client.health, "SERVING", within=START_SECONDS)
            yield process
        finally:
            process.terminate()


def _passing_on(port: int, upstream: str) -> dict[str, Any]:
    """Return a configuration of Envoy: every call over HTTP/2 goes to one server."""
    types = "type.googleapis.com/envoy.extensions"
    manager = {
        "@type": f"{types}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "tensors",
        "codec_type": "HTTP2",
        "stream_idle_timeout": "0s",
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "all",
                    "domains": ["*"],
                    "routes": [
                        {"match": {"prefix": "/"}, "route": {"cluster": "server", "timeout": "0s"}}
                    ],
                }
            ]
        },
        "http_filters": [
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": f"{types}.filters.http.router.v3.Router"},
            }
        ],
    }
    http2 = {
        "@type": f"{types}.upstreams.http.v3.HttpProtocolOptions",
        "explicit_http_config": {"http2_protocol_options": {}},
    }
    host, _, upstream_port = upstream.rpartition(":")
    return {
        "static_resources": {
            "listeners": [
                {
                    "address": _address("127.0.0.1", port),
                    "filter_chains": [
                        {
                            "filters": [
                                {
                                    "name": "envoy.filters.network.http_connection_manager",
                                    "typed_config": manager,
                                }
                            ]
                        }
                    ],
                }
            ],
            "clusters": [
                {
                    "name": "server",
                    "type": "STATIC",
                    "typed_extension_protocol_options": {
                        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": http2
                    },
                    "load_assignment": {
                        "cluster_name": "server",
                        "endpoints": [
                            {
                                "lb_endpoints": [
                                    {"endpoint": {"address": _address(host, int(upstream_port))}}
                                ]
                            }
                        ],
                    },
                }
            ],
        }
    }


def _address(host: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": host, "port_value": port}}
