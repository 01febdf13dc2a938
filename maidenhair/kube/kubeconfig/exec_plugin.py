"""Run an exec plugin of a kubeconfig.

Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from maidenhair._util.process import run
from maidenhair.errors import ConfigurationError, ProgramFailed
from maidenhair.kube.kubeconfig.access import Plugin

SECONDS = 60.0


@dataclass(frozen=True)
class PluginCredential:
    """The credentials that a plugin printed.

    Attributes:
        token: a bearer token, or None.
        certificate: a client certificate and its key in PEM form, or None.
        expires: when they expire, or None.
    """

    token: str | None
    certificate: tuple[bytes, bytes] | None
    expires: datetime | None

    def has_expired(self) -> bool:
        """Return whether they have expired."""
        return self.expires is not None and datetime.now(UTC) >= self.expires


def run_plugin(plugin: Plugin) -> PluginCredential:
    """Run a plugin and return its credentials.

    Raises:
        ConfigurationError: the plugin is missing, failed, or printed something else. The message has its output.
    """
    spec: dict[str, Any] = {"interactive": False}
    if plugin.cluster is not None:
        spec["cluster"] = plugin.cluster
    info = {"apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": spec}
    environment = {**plugin.environment, "KUBERNETES_EXEC_INFO": json.dumps(info)}
    try:
        done = run([plugin.command, *plugin.arguments], seconds=SECONDS, environment=environment)
    except ProgramFailed as failed:
        hint = f". {plugin.install_hint}" if plugin.install_hint else ""
        raise ConfigurationError(
            f"the exec plugin of the kubeconfig failed: {failed}{hint}"
        ) from failed
    try:
        return _credential(plugin, json.loads(done.stdout))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"the exec plugin {plugin.command} of the kubeconfig did not print an ExecCredential: {error!r}"
        ) from error


def _credential(plugin: Plugin, printed: Any) -> PluginCredential:
    if printed.get("kind") != "ExecCredential" or printed.get("apiVersion") != plugin.api_version:
        raise ValueError(
            f"it is {printed.get('apiVersion')} {printed.get('kind')}, not {plugin.api_version} ExecCredential"
        )
    status = printed["status"]
    certificate, key = status.get("clientCertificateData"), status.get("clientKeyData")
    if bool(certificate) != bool(key):
        raise ValueError("clientCertificateData and clientKeyData belong together")
    if not certificate and not status.get("token"):
        raise ValueError("its status has neither a token nor a client certificate")
    expires = status.get("expirationTimestamp")
    return PluginCredential(
        status.get("token") or None,
        (certificate.encode(), key.encode()) if certificate else None,
        datetime.fromisoformat(expires) if expires else None,
    )
