"""The API server, before there is a client for it: whether it is ready."""

from __future__ import annotations

import http.client
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from maidenhair.clusters.embedded.layout import Layout
from maidenhair.clusters.embedded.machine import Machine
from maidenhair.clusters.embedded.waits import wait_until

API_SECONDS = 120.0


def await_api(layout: Layout, control_plane: Machine) -> None:
    """Wait until the API server is ready.

    Raises:
        ClusterError: it did not become ready, or a component of the control plane ended.
    """
    [cluster] = yaml.safe_load(layout.kubeconfig.read_text())["clusters"]
    server = cluster["cluster"]["server"]

    def problem() -> str:
        control_plane.check()
        return api_problem(server, layout.certificates)

    wait_until(problem, API_SECONDS, "the API server to be ready")


def api_problem(server: str, certificates: Path) -> str:
    """Return why the API server at a URL is not ready, or an empty text when it is."""
    url = urlsplit(server)
    context = ssl.create_default_context(cafile=str(certificates / "ca.crt"))
    context.load_cert_chain(certificates / "admin.crt", certificates / "admin.key")
    connection = http.client.HTTPSConnection(
        str(url.hostname), url.port, timeout=5, context=context
    )
    try:
        connection.request("GET", "/readyz?verbose")
        response = connection.getresponse()
        return (
            ""
            if response.status == http.client.OK
            else f"{server}/readyz: {response.read().decode()}"
        )
    except (OSError, http.client.HTTPException) as error:
        return f"{server}: {error}"
    finally:
        connection.close()
