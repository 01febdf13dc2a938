"""Watched objects: sources for `maidenhair.waiting` that a watch keeps up to date."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Protocol, Self

from maidenhair.kube.objects import Object, Objects
from maidenhair.kube.watch.informer import Informer, Scope
from maidenhair.kube.watch.informers import Informers

Predicate = Callable[[Object], bool]


class Client(Protocol):
    """The part of a client that watching uses."""

    @property
    def informers(self) -> Informers:
        """Return the watches of this client."""


class WatchedObjects:
    """The objects of a kind, in a namespace or in all, optionally limited by selectors.

    A context manager and a `Source[Objects]`. What `read` returns is never older than the moment of entering. All
    users of one client that watch the same kind in the same namespace share one watch.

    Args:
        kube: the API client.
        api_version: the group and version, for example "v1".
        kind: the kind, for example "Pod".
        namespace: the namespace; default: all namespaces.
        label_selector: a label selector, for example "app=web".
        field_selector: a field selector, for example "metadata.name=web".

    Example:
        >>> from hamcrest import has_length
        >>> with WatchedObjects(kube, "v1", "ConfigMap", "default") as config_maps:
        ...     made = kube.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "colours"}})
        ...     found = eventually(config_maps, has_length(1), within=10)
        >>> found[0]["metadata"]["name"]
        'colours'
    """

    def __init__(
        self,
        kube: Client,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
    ) -> None:
        self._kube = kube
        self._scope = Scope(api_version, kind, namespace, label_selector, field_selector)
        self._matches: Predicate = _match_all
        labels = _parse_equalities(label_selector)
        if namespace is not None and field_selector is None and labels is not None:
            # A namespace is small, so one watch of all its objects serves every selector.
            self._scope = Scope(api_version, kind, namespace)
            self._matches = _match_labels(labels)
        self._stack = ExitStack()
        self._informer: Informer | None = None

    def __enter__(self) -> Self:
        """List the objects and start to watch them.

        Raises:
            ApiRefused: the kind is not served, or the account may not list it.
            ApiUnreachable: the server did not answer.
        """
        self._informer = self._stack.enter_context(self._kube.informers.acquire(self._scope))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop watching."""
        self._stack.close()

    def read(self) -> Objects:
        """Return the current objects, sorted by namespace and name. Treat them as read-only.

        Raises:
            KubernetesError: the watch has been broken for over 5 s, so the objects may be stale.
        """
        return [each for each in self._running_informer().read() if self._matches(each)]

    def on_change(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `wake` after every change of the kind in the namespace while the context is entered."""
        return self._running_informer().on_change(wake)

    def named(self, name: str, namespace: str | None = None) -> NamedSource:
        """Return a source of one object by name. Use it while this context is entered; it has no context of its own.

        Args:
            name: the object's name. The object need not exist.
            namespace: its namespace, if all namespaces are watched.
        """
        return NamedSource(self, name, namespace)

    def _running_informer(self) -> Informer:
        if self._informer is None:
            raise RuntimeError("the watch is not running; use it inside its `with` block")
        return self._informer


class NamedSource:
    """One object of `WatchedObjects`, by name: a `Source[Object | None]`. See `WatchedObjects.named`."""

    def __init__(self, objects: WatchedObjects, name: str, namespace: str | None = None) -> None:
        self._objects = objects
        self._name = name
        self._namespace = namespace

    def read(self) -> Object | None:
        """Return the current object, or None if it does not exist. Raises like `WatchedObjects.read`."""
        for each in self._objects.read():
            metadata = each["metadata"]
            in_namespace = self._namespace in (None, metadata.get("namespace"))
            if in_namespace and metadata["name"] == self._name:
                return each
        return None

    def on_change(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `wake` after every change of the object's kind while the context is entered."""
        return self._objects.on_change(wake)


class WatchedObject:
    """One object, updated by a watch: a context manager and a `Source[Object | None]`.

    Args:
        kube: the API client.
        api_version: the group and version, for example "apps/v1".
        kind: the kind, for example "Deployment".
        name: the object's name. The object need not exist.
        namespace: its namespace; None for kinds without namespaces.

    Example:
        >>> with WatchedObject(kube, "v1", "ConfigMap", "colours", "default") as colours:
        ...     before = colours.read()
        ...     made = kube.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "colours"}})
        ...     found = eventually(colours, matchers.is_present(), within=10)
        >>> before, found["metadata"]["name"]
        (None, 'colours')
    """

    def __init__(
        self, kube: Client, api_version: str, kind: str, name: str, namespace: str | None = None
    ) -> None:
        # Without a namespace a watch of the whole kind may deliver many unrelated objects.
        only = f"metadata.name={name}" if namespace is None else None
        self._watched = WatchedObjects(kube, api_version, kind, namespace, field_selector=only)
        self._named = self._watched.named(name)

    def __enter__(self) -> Self:
        """Get the object and start to watch it. Raises like `WatchedObjects`."""
        self._watched.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop watching."""
        self._watched.__exit__(kind, error, traceback)

    def read(self) -> Object | None:
        """Return the current object, or None if it does not exist. Raises like `WatchedObjects.read`."""
        return self._named.read()

    def on_change(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `wake` after every change of the object's kind in its namespace while the context is entered."""
        return self._watched.on_change(wake)


def _match_all(_: Object) -> bool:
    return True


def _parse_equalities(selector: str | None) -> dict[str, str] | None:
    """Return the labels of an equality-based selector, or None for any other selector."""
    labels = {}
    for part in (selector or "").split(",") if selector else ():
        name, sign, value = part.partition("=")
        if not sign or name.endswith("!"):
            return None
        labels[name.strip()] = value.removeprefix("=").strip()
    return labels


def _match_labels(labels: dict[str, str]) -> Predicate:
    def matches(each: Object) -> bool:
        has = each["metadata"].get("labels") or {}
        return labels.items() <= has.items()

    return matches
