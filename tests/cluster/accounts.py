"""Accounts of a cluster other than its administrator, each with a kubeconfig."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import yaml
from hamcrest import contains_string

from maidenhair.clusters.provider import Cluster
from maidenhair.waiting import eventually
from tests.project import ROOT

RBAC = ROOT / "manifests" / "rbac"
CONTEXT = "theirs"
TOKEN_LIFE = "1h"


def kubectl(cluster: Cluster, *arguments: str) -> str:
    """Run kubectl as the cluster's administrator; return its output."""
    command = [str(cluster.kubectl), f"--kubeconfig={cluster.kubeconfig}", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def account_of_manifests(cluster: Cluster, folder: Path) -> Path:
    """Apply manifests/rbac, and wait until it is in force; return a kubeconfig of the account that they create."""
    kubectl(cluster, "apply", "-k", str(RBAC))
    path = service_account(cluster, folder, "maidenhair", "maidenhair-system")
    command = [str(cluster.kubectl), f"--kubeconfig={path}", f"--context={CONTEXT}"]

    def message() -> str:
        attempt = [*command, "delete", "namespace", "kube-node-lease", "--dry-run=server"]
        return subprocess.run(attempt, capture_output=True, text=True).stderr

    eventually(message, contains_string("is no namespace of a run"), within=60)
    return path


def account_for_computes(cluster: Cluster, folder: Path, namespace: str) -> Path:
    """Return a kubeconfig of an account that may use Computes and read events in its namespace, and no more."""
    kubectl(cluster, "create", "serviceaccount", "programs", f"--namespace={namespace}")
    for role, verbs, resource in (
        ("computes", "get,list,watch,create,patch,delete", "computes.compute.skytorch.dev"),
        ("events", "list,watch", "events"),
    ):
        rights = (f"--verb={verbs}", f"--resource={resource}", f"--namespace={namespace}")
        kubectl(cluster, "create", "role", role, *rights)
        subject = (f"--serviceaccount={namespace}:programs", f"--namespace={namespace}")
        kubectl(cluster, "create", "rolebinding", role, f"--role={role}", *subject)
    path = service_account(cluster, folder, "programs", namespace)
    content = yaml.safe_load(path.read_text())
    content["contexts"][0]["context"]["namespace"] = namespace
    path.write_text(yaml.safe_dump(content))
    return path


def service_account(cluster: Cluster, folder: Path, name: str, namespace: str) -> Path:
    """Return a kubeconfig of a ServiceAccount, which has a token from the API."""
    create = ("create", "token", name, f"--namespace={namespace}", f"--duration={TOKEN_LIFE}")
    return kubeconfig(cluster, folder, {"token": kubectl(cluster, *create).strip()})


def kubeconfig(cluster: Cluster, folder: Path, user: dict[str, Any]) -> Path:
    """Return a kubeconfig with one context, "theirs", and a user's credentials; it has no current context."""
    view = ("config", "view", "--raw", "--minify", "--flatten", "--output=json")
    there = json.loads(kubectl(cluster, f"--context={cluster.context}", *view))
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": there["clusters"][0]["cluster"]}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": "c", "user": "u"}}],
    }
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(content))
    path.chmod(0o600)
    return path
