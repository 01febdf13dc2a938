"""The command `maidenhair explain`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from difflib import get_close_matches

import click

from maidenhair.cli.explain.cluster import open_cluster
from maidenhair.cli.explain.watching import changes
from maidenhair.errors import ApiRefused, ClusterError, ConfigurationError
from maidenhair.kube import Kube, Object
from maidenhair.kube.diagnosis.explanation import Explanation, explain_object
from maidenhair.kube.kind_names import find_kind
from maidenhair.kube.objects import display_name


@click.command("explain")
@click.argument("target", nargs=-1, required=True, metavar="KIND/NAME")
@click.option("-n", "--namespace", help="The namespace. Default: that of the context.")
@click.option("--watch", is_flag=True, help="Print again when the explanation changes.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object per line.")
@click.option("--kubeconfig", help="The kubeconfig file. Default: the one that kubectl uses.")
@click.option("--context", help="The context of the kubeconfig. Default: the current one.")
@click.option("--name", help="The name of a cluster that maidenhair started.")
def explain_command(
    target: Sequence[str],
    namespace: str | None,
    watch: bool,
    as_json: bool,
    kubeconfig: str | None,
    context: str | None,
    name: str | None,
) -> None:
    """Explain why an object is not in the expected state.

    KIND is any kind that the cluster serves, as kubectl takes it: Deployment, deploy, deployments.apps. Only reading
    is necessary: nothing is written to the cluster.
    """
    kind, object_name = _parse(target)
    with open_cluster(kubeconfig, context, name) as kube:
        subject = _subject(kube, kind, object_name, namespace)
        if watch:
            for each in changes(kube, subject):
                _print(each, as_json)
            return
        explained = explain_object(kube, subject)
        if not explained.exists:
            raise _absent(kube, subject)
        _print(explained, as_json)


def _parse(target: Sequence[str]) -> tuple[str, str]:
    """Return the kind and the name of KIND/NAME or KIND NAME."""
    parts = target[0].split("/") if len(target) == 1 else list(target)
    if len(parts) != 2 or not all(parts):
        raise ConfigurationError(
            f"{' '.join(target)!r} names no object; write KIND/NAME, for example deployment/web"
        )
    return parts[0], parts[1]


def _subject(kube: Kube, kind: str, name: str, namespace: str | None) -> Object:
    resource = find_kind(kube.discovery, kind)
    metadata = {"name": name}
    if resource.namespaced:
        metadata["namespace"] = namespace or kube.namespace
    return {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": metadata}


def _absent(kube: Kube, subject: Object) -> ClusterError:
    """Return the error for an object that does not exist. It names similar ones that the account may list."""
    name = subject["metadata"]["name"]
    try:
        objects = kube.list(subject["apiVersion"], subject["kind"])
    except ApiRefused:
        objects = []
    elsewhere = [each for each in objects if each["metadata"]["name"] == name]
    names = {each["metadata"]["name"]: each for each in objects}
    found = elsewhere or [names[each] for each in get_close_matches(name, names)]
    hint = f"; there is {', '.join(map(display_name, found))}" if found else ""
    return ClusterError(
        f"{display_name(subject)} does not exist on the cluster at {kube.discovery.server}{hint}"
    )


def _print(explained: Explanation, as_json: bool) -> None:
    text = json.dumps(explained.as_json(), default=str) if as_json else str(explained)
    click.echo(text)
