"""The access that one context of a kubeconfig gives: a server, and the credentials of a user."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from maidenhair.errors import ConfigurationError
from maidenhair.kube.kubeconfig.files import Entry, Merged, merge

_UNSUPPORTED = {
    "auth-provider": "kubectl removed it in 1.26; use an exec plugin",
}
"""Fields of a user that maidenhair does not support, and what to do."""

Material = Path | bytes
"""A certificate or a key in PEM form: a file, which is read again when it changes, or the data."""


@dataclass(frozen=True)
class Plugin:
    """An exec plugin, which prints credentials.

    Attributes:
        api_version: the version of the ExecCredential that the plugin prints.
        command: the program.
        arguments: its arguments.
        environment: variables that are added to the environment of maidenhair.
        install_hint: what the kubeconfig says if the program is missing.
        cluster: the description of the cluster for the plugin; None if the plugin does not request it.
    """

    api_version: str
    command: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    install_hint: str = ""
    cluster: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class User:
    """The credentials of a user, and the account to act as.

    Attributes:
        token: a bearer token.
        token_file: a file with a bearer token, which is read again. It has priority over `token`.
        basic: a user name and a password.
        certificate: the client certificate.
        key: the key of the client certificate.
        plugin: the program that provides credentials.
        impersonation: the headers of requests that act as another account; values are lists.
    """

    token: str | None = None
    token_file: Path | None = None
    basic: tuple[str, str] | None = None
    certificate: Material | None = None
    key: Material | None = None
    plugin: Plugin | None = None
    impersonation: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Access:
    """The access to a cluster.

    Attributes:
        context: the name of the context.
        server: the address of the API server.
        namespace: the namespace of the context; "default" if it has none.
        ca: the certificates that sign the server's; None for those of the system.
        verify: whether the server's certificate is verified.
        server_name: the name that the server's certificate must have; None for that of the address.
        proxy: the address of the proxy; None for the one of the environment.
        user: the credentials.
    """

    context: str
    server: str
    namespace: str = "default"
    ca: Material | None = None
    verify: bool = True
    server_name: str | None = None
    proxy: str | None = None
    user: User = field(default_factory=User)


def read_access(paths: Path, context: str | None = None) -> Access:
    """Read a context of kubeconfig files.

    Args:
        paths: the files, in the form of `KUBECONFIG`.
        context: the context; default: the current one.

    Raises:
        ConfigurationError: a file or the context is missing or malformed, or a field is not supported.
    """
    merged = merge(paths)
    try:
        return _access(merged, context)
    except ConfigurationError as error:
        named = f" (context {context})" if context else ""
        raise ConfigurationError(f"cannot use the kubeconfig {paths}{named}: {error}") from error


def _access(merged: Merged, wanted: str | None) -> Access:
    name = wanted or merged.current
    if name is None:
        raise ConfigurationError("it has no current context; name one")
    context = _entry(merged.contexts, "context", name)
    cluster_name = str(context.get("cluster", ""))
    cluster = _entry(merged.clusters, "cluster", cluster_name)
    # As kubectl does, a context without a user means no credentials.
    user_name = str(context.get("user") or "")
    user = _entry(merged.users, "user", user_name) if user_name else {}
    where = f"cluster {cluster_name!r}"
    if not cluster.get("server"):
        raise ConfigurationError(f"{where} has no server")
    verify = not cluster.get("insecure-skip-tls-verify")
    ca = _material(cluster, "certificate-authority", where)
    if ca is not None and not verify:
        raise ConfigurationError(
            f"{where} has insecure-skip-tls-verify and a certificate authority; remove one of them"
        )
    return Access(
        context=name,
        server=str(cluster["server"]).rstrip("/"),
        namespace=context.get("namespace") or "default",
        ca=ca,
        verify=verify,
        server_name=cluster.get("tls-server-name") or None,
        proxy=cluster.get("proxy-url") or None,
        user=_user(user, f"user {user_name!r}", cluster),
    )


def _entry(entries: Mapping[str, Entry], kind: str, name: str) -> Entry:
    if name not in entries:
        known = ", ".join(entries) or "none"
        raise ConfigurationError(f"there is no {kind} {name!r}; it has: {known}")
    return entries[name]


def _user(entry: Entry, where: str, cluster: Entry) -> User:
    for unsupported, hint in _UNSUPPORTED.items():
        if entry.get(unsupported):
            raise ConfigurationError(f"{where} has {unsupported}, which is not supported: {hint}")
    has_token = entry.get("token") or entry.get("tokenFile")
    basic = (
        (str(entry["username"]), str(entry.get("password", ""))) if entry.get("username") else None
    )
    if basic and has_token:
        raise ConfigurationError(f"{where} has a password and a token; remove one of them")
    certificate = _material(entry, "client-certificate", where)
    key = _material(entry, "client-key", where)
    if (certificate is None) != (key is None):
        missing = "client-key" if key is None else "client-certificate"
        raise ConfigurationError(
            f"{where} has no {missing}; a certificate and its key belong together"
        )
    return User(
        token=entry.get("token") or None,
        token_file=Path(entry["tokenFile"]) if entry.get("tokenFile") else None,
        basic=basic,
        certificate=certificate,
        key=key,
        plugin=_plugin(entry["exec"], where, cluster) if entry.get("exec") else None,
        impersonation=_impersonation(entry, where),
    )


def _material(entry: Entry, field_name: str, where: str) -> Material | None:
    data = entry.get(f"{field_name}-data")
    if data:
        try:
            return b64decode(data, validate=True)
        except (binascii.Error, ValueError, TypeError) as error:
            raise ConfigurationError(
                f"{where}: {field_name}-data is not base64: {error}"
            ) from error
    path = entry.get(field_name)
    if not path:
        return None
    if not Path(path).is_file():
        raise ConfigurationError(f"{where}: {field_name}: there is no file {path}")
    return Path(path)


def _plugin(entry: Entry, where: str, cluster: Entry) -> Plugin:
    if not entry.get("command"):
        raise ConfigurationError(f"{where}: exec has no command")
    version = str(entry.get("apiVersion", ""))
    if version not in (
        "client.authentication.k8s.io/v1",
        "client.authentication.k8s.io/v1beta1",
    ):
        raise ConfigurationError(
            f"{where}: exec has apiVersion {version!r}, which is not supported; use client.authentication.k8s.io/v1"
        )
    if entry.get("interactiveMode") == "Always":
        raise ConfigurationError(
            f"{where}: exec has interactiveMode Always, but a run has no standard input to answer with; use a plugin "
            "that does not ask"
        )
    return Plugin(
        version,
        str(entry["command"]),
        tuple(map(str, entry.get("args") or ())),
        {str(each["name"]): str(each["value"]) for each in entry.get("env") or ()},
        str(entry.get("installHint") or ""),
        _cluster_for_plugin(cluster, where) if entry.get("provideClusterInfo") else None,
    )


def _cluster_for_plugin(cluster: Entry, where: str) -> Mapping[str, Any]:
    ca = _material(cluster, "certificate-authority", where)
    data = ca.read_bytes() if isinstance(ca, Path) else ca
    described = {
        "server": cluster.get("server"),
        "tls-server-name": cluster.get("tls-server-name"),
        "insecure-skip-tls-verify": cluster.get("insecure-skip-tls-verify"),
        "certificate-authority-data": binascii.b2a_base64(data, newline=False).decode()
        if data
        else None,
        "proxy-url": cluster.get("proxy-url"),
        "config": _extension(cluster),
    }
    return {key: value for key, value in described.items() if value}


def _extension(cluster: Entry) -> Any:
    """Return what the kubeconfig reserves for plugins."""
    for each in cluster.get("extensions") or ():
        if each.get("name") == "client.authentication.k8s.io/exec":
            return each.get("extension")
    return None


def _impersonation(entry: Entry, where: str) -> dict[str, tuple[str, ...]]:
    headers: dict[str, tuple[str, ...]] = {}
    if entry.get("as"):
        headers["Impersonate-User"] = (str(entry["as"]),)
    if entry.get("as-uid"):
        headers["Impersonate-Uid"] = (str(entry["as-uid"]),)
    if entry.get("as-groups"):
        headers["Impersonate-Group"] = tuple(map(str, entry["as-groups"]))
    for key, values in (entry.get("as-user-extra") or {}).items():
        headers[f"Impersonate-Extra-{quote(str(key), safe='')}"] = tuple(map(str, values))
    if headers and "Impersonate-User" not in headers:
        fields = "as-uid, as-groups and as-user-extra"
        raise ConfigurationError(f"{where} has no `as`, which {fields} need")
    return headers
