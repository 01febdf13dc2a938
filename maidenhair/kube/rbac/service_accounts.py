"""ServiceAccounts with limited permissions, for specs that test as another account than the run's."""

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
"""A rule of a Role: apiGroups, resources, verbs and optionally resourceNames."""


def grant(inventory: Applier, name: str, rules: Sequence[Rule]) -> None:
    """Create a Role and a RoleBinding, both with the ServiceAccount's name, in the inventory's namespace.

    Args:
        inventory: creates the objects.
        name: the ServiceAccount's name.
        rules: the rules of the Role.

    Raises:
        KubernetesError: the run's account may not create Roles, or not with these rules.
    """
    subject = {"kind": "ServiceAccount", "name": name}
    role = {"apiGroup": RBAC, "kind": "Role", "name": name}
    version = f"{RBAC}/v1"
    inventory.apply({**_named(version, "Role", name), "rules": [dict(rule) for rule in rules]})
    inventory.apply(
        {**_named(version, "RoleBinding", name), "roleRef": role, "subjects": [subject]}
    )


def create_service_account(kube: Kube, inventory: Applier, namespace: str, name: str) -> str:
    """Create a ServiceAccount, and return a token for it. `grant` gives it permissions.

    Args:
        kube: the API client.
        inventory: creates the objects in the namespace.
        namespace: the namespace.
        name: the ServiceAccount's name.

    Raises:
        KubernetesError: the run's account may not create the objects.
        WaitTimedOut: the ServiceAccount did not get a token within 30 s.
    """
    inventory.apply(_named("v1", "ServiceAccount", name))
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
    """Copy one context of a kubeconfig to a new kubeconfig, where it is the current context. Return the new path.

    Args:
        path: the new kubeconfig; only the user can read it.
        kubeconfig: the kubeconfig to copy from; may be several paths, as in `KUBECONFIG`.
        context: the context to copy; None for the current context.
        kubectl: the kubectl to use; default: the one on PATH.
        namespace: the namespace of the new context; None for no namespace.
        server: replaces the address of the API server.
        token: replaces the credentials by the token of another account.

    Raises:
        ConfigurationError: kubectl cannot read the kubeconfig; the message includes its output.
    """
    view = ["config", "view", "--raw", "--minify", "--flatten", "--output=json"]
    command = [kubectl or "kubectl", *([f"--context={context}"] if context else []), *view]
    try:
        done = run(command, environment={"KUBECONFIG": str(kubeconfig)}, seconds=VIEW_SECONDS)
    except ProgramFailed as failed:
        raise ConfigurationError(f"cannot read {kubeconfig}: {failed}") from failed
    source = json.loads(done.stdout)
    cluster = {**source["clusters"][0]["cluster"], **({"server": server} if server else {})}
    user: Any = {"token": token} if token else source["users"][0]["user"]
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
