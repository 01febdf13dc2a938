"""A kubeconfig for a process in a pod, which has a ServiceAccount instead of a kubeconfig."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from maidenhair._util.files import PRIVATE, write_atomically

ACCOUNT_FOLDER = Path("/var/run/secrets/kubernetes.io/serviceaccount")
CONTEXT = "in-cluster"


def write_in_cluster_kubeconfig(
    path: Path, environment: Mapping[str, str], account: Path = ACCOUNT_FOLDER
) -> Path | None:
    """Write a kubeconfig for the ServiceAccount of this pod. Return the path, or None if this process runs in no pod.

    The kubeconfig names the files with the token and the certificate authority, because the kubelet replaces the token.

    Args:
        path: the kubeconfig to write. Its folder is created.
        environment: the variables `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT` of the pod.
        account: the folder with the files of the ServiceAccount.
    """
    host, port = (environment.get(f"KUBERNETES_SERVICE_{name}") for name in ("HOST", "PORT"))
    token, ca, namespace = (account / name for name in ("token", "ca.crt", "namespace"))
    if not (host and port and token.is_file()):
        return None
    address = f"[{host}]" if ":" in host else host
    own = namespace.read_text(encoding="utf-8").strip() if namespace.is_file() else "default"
    cluster = {"server": f"https://{address}:{port}", "certificate-authority": str(ca)}
    context = {"cluster": CONTEXT, "user": CONTEXT, "namespace": own}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": CONTEXT, "cluster": cluster}],
        "users": [{"name": CONTEXT, "user": {"tokenFile": str(token)}}],
        "contexts": [{"name": CONTEXT, "context": context}],
        "current-context": CONTEXT,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(content), PRIVATE)
    return path
