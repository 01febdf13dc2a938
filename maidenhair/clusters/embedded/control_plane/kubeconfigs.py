"""Kubeconfig files."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import yaml

from maidenhair._util.files import PRIVATE, write_atomically


def write_kubeconfig(path: Path, context: str, server: str, certificates: Path, user: str) -> None:
    """Write a kubeconfig with embedded credentials, readable by its owner only.

    Args:
        path: the file to write.
        context: the name of its context, cluster and user entries.
        server: the API server's URL.
        certificates: the folder with `ca.crt`, `<user>.crt` and `<user>.key`.
        user: the name of the user's certificate and key.
    """
    encoded = {
        name: _encoded(certificates / name) for name in ("ca.crt", f"{user}.crt", f"{user}.key")
    }
    cluster = {"server": server, "certificate-authority-data": encoded["ca.crt"]}
    credentials = {
        "client-certificate-data": encoded[f"{user}.crt"],
        "client-key-data": encoded[f"{user}.key"],
    }
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": context, "cluster": cluster}],
        "users": [{"name": context, "user": credentials}],
        "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
        "current-context": context,
    }
    write_atomically(path, yaml.safe_dump(content, sort_keys=False), PRIVATE)


def _encoded(path: Path) -> str:
    return b64encode(path.read_bytes()).decode()
