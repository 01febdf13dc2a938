"""Waits for the API server: until it is ready, and until it reaches a node."""

from __future__ import annotations

import http.client
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from maidenhair.clusters.embedded.layout import Layout
from maidenhair.clusters.embedded.machine.machine import Machine
from maidenhair.clusters.polling import wait_until

API_SECONDS = 120.0


def await_api(layout: Layout, control_plane: Machine) -> None:
    """Wait until the API server is ready.

    Raises:
        ClusterError: it did not become ready, or a component of the control plane exited.
    """
    server = _server(layout)

    def problem() -> str:
        control_plane.check()
        return answer_problem(f"{server}/readyz?verbose", layout.certificates)

    wait_until(problem, API_SECONDS, "the API server to be ready")


def await_kubelet(layout: Layout, node: Machine) -> None:
    """Wait until the API server reaches a node's kubelet. It reuses connections, and dead ones fail once.

    Raises:
        ClusterError: the API server did not reach the kubelet.
    """
    url = f"{_server(layout)}/api/v1/nodes/{node.name}/proxy/healthz"

    def problem() -> str:
        node.check()
        return answer_problem(url, layout.certificates)

    wait_until(problem, API_SECONDS, f"the API server to reach the kubelet of {node.name}")


def answer_problem(address: str, certificates: Path) -> str:
    """Request a URL of the API server as administrator. Return why the answer is not OK; an empty text if it is.

    Args:
        address: the URL.
        certificates: the folder with the certificate authority and the administrator's certificate.
    """
    url = urlsplit(address)
    context = ssl.create_default_context(cafile=str(certificates / "ca.crt"))
    context.load_cert_chain(certificates / "admin.crt", certificates / "admin.key")
    connection = http.client.HTTPSConnection(
        str(url.hostname), url.port, timeout=5, context=context
    )
    try:
        connection.request("GET", f"{url.path}?{url.query}")
        response = connection.getresponse()
        return "" if response.status == http.client.OK else f"{address}: {response.read().decode()}"
    except (OSError, http.client.HTTPException) as error:
        return f"{address}: {error}"
    finally:
        connection.close()


def _server(layout: Layout) -> str:
    [cluster] = yaml.safe_load(layout.kubeconfig.read_text())["clusters"]
    return str(cluster["cluster"]["server"])
