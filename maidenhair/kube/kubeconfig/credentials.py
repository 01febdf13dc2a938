"""The credentials of requests: headers, and the client certificate of an exec plugin."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

from maidenhair.errors import ConfigurationError
from maidenhair.kube.kubeconfig.access import Material, User
from maidenhair.kube.kubeconfig.exec_plugin import PluginCredential, run_plugin


class Credentials:
    """The credentials of a user, current at every request.

    Safe to share between threads.

    Args:
        user: the user.
    """

    def __init__(self, user: User) -> None:
        self._user = user
        self._lock = threading.Lock()
        self._credential: PluginCredential | None = None

    @property
    def certificate(self) -> tuple[bytes, bytes] | None:
        """The client certificate and its key, in PEM form, if a plugin provides them."""
        credential = self._from_plugin()
        return credential.certificate if credential else None

    def secrets(self) -> list[str]:
        """Return the passwords, tokens and keys that are known now, without those that only a plugin could provide."""
        user, plugin = self._user, self._credential
        found = [
            user.token,
            user.basic[1] if user.basic else None,
            plugin.token if plugin else None,
        ]
        found += [_text_of(user.token_file), _text_of(user.key)]
        found += [plugin.certificate[1].decode()] if plugin and plugin.certificate else []
        return [each for each in found if each]

    def headers(self) -> list[tuple[str, str]]:
        """Return the headers of a request. A header can occur several times.

        Raises:
            ConfigurationError: the file of the token cannot be read, or the exec plugin failed.
        """
        headers = list(self._impersonation())
        authorization = self._authorization()
        if authorization:
            headers.append(("Authorization", authorization))
        return headers

    def renew(self) -> bool:
        """Discard the credentials of the exec plugin. Return whether there were any, so that a retry gets new ones."""
        with self._lock:
            had, self._credential = self._credential, None
        return had is not None

    def _impersonation(self) -> Iterator[tuple[str, str]]:
        for name, values in self._user.impersonation.items():
            for value in values:
                yield name, value

    def _authorization(self) -> str | None:
        user = self._user
        if user.token_file is not None:
            try:
                # Read at every request, because tokens of ServiceAccounts are replaced while a run goes on.
                token = user.token_file.read_text(encoding="utf-8").strip()
            except OSError as error:
                raise ConfigurationError(f"cannot read the token: tokenFile {error}") from error
            if token:
                return f"Bearer {token}"
        if user.token:
            return f"Bearer {user.token}"
        if user.basic:
            return f"Basic {b64encode(':'.join(user.basic).encode()).decode()}"
        credential = self._from_plugin()
        return f"Bearer {credential.token}" if credential and credential.token else None

    def _from_plugin(self) -> PluginCredential | None:
        if self._user.plugin is None:
            return None
        with self._lock:
            if self._credential is None or self._credential.has_expired():
                self._credential = run_plugin(self._user.plugin)
            return self._credential


def _text_of(material: Material | None) -> str | None:
    """Return the text of a file or of data. None if there is none, or it cannot be read."""
    try:
        data = material.read_bytes() if isinstance(material, Path) else material
    except OSError:
        return None
    return data.decode("utf-8", "replace") if data else None
