"""Accounts that specs work as beside the run's own: ServiceAccounts with just the rights that they are given."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hamcrest import not_none

from maidenhair._util.files import PRIVATE, write_atomically
from maidenhair._util.process import run
from maidenhair.errors import ConfigurationError, ProgramFailed
from maidenhair.kube.apply import Applier
from maidenhair.kube.client import Kube
from maidenhair.kube.matchers import has_jmespath
from maidenhair.kube.objects import SERVICE_ACCOUNT_TOKEN, Object
from maidenhair.kube.rbac.permissions import RBAC
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.waiting import eventually

TOKEN_SECONDS = 30.0
VIEW_SECONDS = 60.0
CONTEXT = "maidenhair"
Rule = Mapping[str, Sequence[str]]
"""A rule as Roles have it: of apiGroups, resources, verbs, and perhaps resourceNames."""


def grant(inventory: Applier, name: str, rules: Sequence[Rule]) -> None:
    """Give a ServiceAccount of the inventory's namespace rights there, in a Role of its name.

    Raises:
        KubernetesError: the run's account may not make Roles, or not such.
    """
    subject = {"kind": "ServiceAccount", "name": name}
    role = {"apiGroup": RBAC, "kind": "Role", "name": name}
    version = f"{RBAC}/v1"
    inventory.apply({**_named(version, "Role", name), "rules": [dict(rule) for rule in rules]})
    inventory.apply(
        {**_named(version, "RoleBinding", name), "roleRef": role, "subjects": [subject]}
    )


def make_account(
    kube: Kube, inventory: Applier, namespace: str, name: str, rules: Sequence[Rule]
) -> str:
    """Make a ServiceAccount with rights in its namespace, and return a token of it.

    Args:
        kube: the API.
        inventory: makes objects in the namespace.
        namespace: the namespace.
        name: the account's name.
        rules: what it may do there.

    Raises:
        KubernetesError: the run's account may not make such accounts.
        WaitTimedOut: the account got no token.
    """
    inventory.apply(_named("v1", "ServiceAccount", name))
    grant(inventory, name, rules)
    secret = _named("v1", "Secret", name)
    secret["metadata"]["annotations"] = {"kubernetes.io/service-account.name": name}
    inventory.apply({**secret, "type": SERVICE_ACCOUNT_TOKEN})
    with WatchedObject(kube, "v1", "Secret", name, namespace) as watched:
        found: Object | None = eventually(
            watched,
            has_jmespath("data.token", not_none()),
            within=TOKEN_SECONDS,
            described_as=f"ServiceAccount {namespace}/{name} to have a token",
        )
    return b64decode((found or {})["data"]["token"]).decode()


def write_kubeconfig(
    path: Path,
    kubeconfig: Path,
    context: str | None,
    kubectl: Path | None = None,
    *,
    namespace: str | None = None,
    server: str | None = None,
    token: str | None = None,
) -> Path:
    """Write a kubeconfig with one context, the current one, after a context of another; return its path.

    Args:
        path: where it goes; only its user can read it.
        kubeconfig: the other; perhaps several, as in `KUBECONFIG`.
        context: the context of that; its current one when None.
        kubectl: the kubectl to use; the one on PATH by default.
        namespace: the context's namespace; it names none when None.
        server: another address of the API server.
        token: the token of another account.

    Raises:
        ConfigurationError: kubectl cannot read the other kubeconfig; with what it said.
    """
    view = ["config", "view", "--raw", "--minify", "--flatten", "--output=json"]
    command = [kubectl or "kubectl", *([f"--context={context}"] if context else []), *view]
    try:
        done = run(command, environment={"KUBECONFIG": str(kubeconfig)}, seconds=VIEW_SECONDS)
    except ProgramFailed as failed:
        raise ConfigurationError(f"cannot read {kubeconfig}: {failed}") from failed
    there = json.loads(done.stdout)
    cluster = {**there["clusters"][0]["cluster"], **({"server": server} if server else {})}
    user: Any = {"token": token} if token else there["users"][0]["user"]
    names = {"cluster": CONTEXT, "user": CONTEXT, **({"namespace": namespace} if namespace else {})}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": CONTEXT, "cluster": cluster}],
        "users": [{"name": CONTEXT, "user": user}],
        "contexts": [{"name": CONTEXT, "context": names}],
        "current-context": CONTEXT,
    }
    write_atomically(path, json.dumps(content), PRIVATE)
    return path


def _named(api_version: str, kind: str, name: str) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}}
