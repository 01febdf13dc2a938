"""Redaction of secrets in everything that specs say: the text filter of the suite."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from maidenhair.kube import Kube
from maidenhair.kube.diagnosis.budget import Budget
from maidenhair.kube.diagnosis.redaction import Redactor
from maidenhair.kube.objects import Object, Objects
from maidenhair.suite.spec import Spec

SECONDS = 5.0
"""Seconds to wait for the Secrets of all namespaces of a spec."""
Namespaces = Callable[[], Iterable[str]]


class Redaction:
    """Replaces secrets in texts of the current spec.

    These are the values of the Secrets in the spec's namespaces, those of Secrets that its process sent to the API or
    received, although they are deleted by now, and the credentials of the kubeconfig.

    Args:
        kube: the client of the cluster's API, which the specs use, too.
        namespaces: returns the namespaces whose Secrets are redacted while no spec runs.
    """

    def __init__(self, kube: Kube, namespaces: Namespaces = tuple) -> None:
        self._kube = kube
        self._between_specs = self._namespaces = namespaces
        self._subjects: Callable[[], Objects] = list
        self._lock = threading.Lock()
        self._secrets: dict[object, Object] = {}
        self._redactor: Redactor | None = None
        self._is_listed = True
        kube.observe = self.observe

    def begin(self, spec: Spec) -> None:
        """Begin a spec. Forget the Secrets of the spec before."""
        with self._lock:
            self._secrets = {}
            self._redactor = None
        self._is_listed = True
        self._namespaces = lambda: spec.namespaces
        self._subjects = lambda: _subjects_of(spec)

    def end(self, context: Any, scenario: Any) -> None:
        """End the spec before its cleanups, which delete its Secrets. Texts that come later are redacted, too.

        Args:
            context: the context of the hook `after_scenario`.
            scenario: the scenario. Without errors and output, nothing is read from the API.
        """
        says = any(each.captured.captures for each in (scenario, *scenario.all_steps))
        if says or scenario.status.has_failed() or not context.config.capture_stdout:
            self._list()
        self._namespaces = self._between_specs
        # The inventory is gone later.
        subjects = self._subjects()
        self._subjects = lambda: subjects

    def stop(self) -> None:
        """Read no Secrets any more, because the run ends, and maybe the cluster too. Those known are redacted."""
        self._between_specs = self._namespaces = tuple

    def observe(self, found: Object) -> None:
        """Note the Secrets among objects that the client sent or received."""
        kind = found.get("kind")
        if kind == "Secret":
            self._note(found)
        elif kind == "SecretList":
            for each in found.get("items") or ():
                self._note(each)

    def __call__(self, text: str) -> str:
        """Return a text with secrets redacted."""
        self._list()
        with self._lock:
            if self._redactor is None:
                credentials = self._kube.credentials()
                entries = {f"credential-{n}": each for n, each in enumerate(credentials)}
                connection = {"metadata": {}, "stringData": entries}
                # Values that only follow a word such as "token" are left, because errors would become unreadable.
                self._redactor = Redactor(
                    [connection, *self._secrets.values()], self._subjects(), fields=False
                )
            return self._redactor.text(text)

    def _list(self) -> None:
        """Note the Secrets that exist, as far as the API responds and the account may list them."""

        def find() -> Objects:
            return [
                each
                for namespace in self._namespaces()
                for each in self._kube.list("v1", "Secret", namespace)
            ]

        if self._is_listed:
            found = Budget(SECONDS, 0).fetch("list Secret", find, None)
            # Once is enough: a server that does not respond must not delay every text.
            self._is_listed = found is not None
            for each in found or ():
                self._note(each)

    def _note(self, secret: Object) -> None:
        with self._lock:
            key = _key_of(secret)
            if key not in self._secrets:
                self._secrets[key] = secret
                self._redactor = None


def _key_of(secret: Object) -> object:
    metadata = secret.get("metadata") or {}
    entries = (secret.get(field) for field in ("data", "stringData"))
    values = (tuple(each.items()) if isinstance(each, Mapping) else () for each in entries)
    return metadata.get("namespace"), metadata.get("name"), str(tuple(values))


def _subjects_of(spec: Spec) -> Objects:
    """Return the objects whose names stay readable."""
    namespaces = [{"kind": "Namespace", "metadata": {"name": each}} for each in spec.namespaces]
    return [*namespaces, *(spec.inventory.objects if spec.has_namespace else ())]
