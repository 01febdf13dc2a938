"""Watched objects: sources for `maidenhair.waiting` that a watch keeps up to date."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Protocol, Self

from maidenhair.kube.objects import Object, Objects, format_name
from maidenhair.kube.watch.informer import Informer
from maidenhair.kube.watch.informers import Informers
from maidenhair.kube.watch.scope import Scope

Predicate = Callable[[Object], bool]


class Client(Protocol):
    """The part of a client that watching uses."""

    @property
    def informers(self) -> Informers:
        """Return the watches of this client."""


class WatchedObjects:
    """The objects of a kind, in a namespace or in all, optionally limited by selectors.

    A context manager and a `Source[Objects]`. What `read` returns is never older than the moment of entering. All
    users of one client that watch the same kind in the same namespace with the same selectors share one watch. A
    watch without selectors that runs already also serves those that select by equal labels.

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
        self._labels = _parse_equalities(label_selector)
        self._matches: Predicate = _match_all
        self._stack = ExitStack()
        self._informer: Informer | None = None

    def __enter__(self) -> Self:
        """List the objects and start to watch them.

        Raises:
            ApiRefused: the kind is not served, or the account may not list it.
            ApiUnreachable: the server did not answer.
        """
        scope, informers = self._scope, self._kube.informers
        whole = scope._replace(label_selector=None)
        self._matches = _match_all
        if self._labels and scope.field_selector is None and informers.is_running(whole):
            scope, self._matches = whole, _match_labels(self._labels)
        self._informer = self._stack.enter_context(informers.acquire(scope))
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

    def describe(self) -> str:
        """Return which objects these are, for example "every Pod in Namespace shop with app=web"."""
        scope = self._scope
        place = f" in Namespace {scope.namespace}" if scope.namespace else ""
        selectors = " and ".join(filter(None, (scope.label_selector, scope.field_selector)))
        return f"every {scope.kind}{place}{f' with {selectors}' if selectors else ''}"

    def _get(self, name: str, namespace: str | None) -> Object | None:
        found = self._running_informer().get(name, namespace)
        return found if found is not None and self._matches(found) else None

    def _on_change_of(self, name: str, wake: Callable[[], None]) -> AbstractContextManager[None]:
        return self._running_informer().on_change(wake, name)

    def _describe(self, name: str, namespace: str | None) -> str:
        return format_name(self._scope.kind, name, namespace or self._scope.namespace)

    def _running_informer(self) -> Informer:
        return _entered(self._informer)


class NamedSource:
    """One object of `WatchedObjects`, by name: a `Source[Object | None]`. See `WatchedObjects.named`."""

    def __init__(self, objects: WatchedObjects, name: str, namespace: str | None = None) -> None:
        self._objects = objects
        self._name = name
        self._namespace = namespace

    def read(self) -> Object | None:
        """Return the current object, or None if it does not exist. Raises like `WatchedObjects.read`."""
        return self._objects._get(self._name, self._namespace)

    def on_change(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `wake` after every change of an object of this name while the context is entered."""
        return self._objects._on_change_of(self._name, wake)

    def describe(self) -> str:
        """Return the object's kind, namespace and name, for example "Deployment shop/web"."""
        return self._objects._describe(self._name, self._namespace)


class WatchedObject:
    """One object, updated by a watch: a context manager and a `Source[Object | None]`.

    The watch is of this object alone; see `Informers.acquire_named`.

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
        self._kube = kube
        self._scope = Scope(api_version, kind, namespace)
        self._name = name
        self._stack = ExitStack()
        self._informer: Informer | None = None

    def __enter__(self) -> Self:
        """Get the object and start to watch it. Raises like `WatchedObjects`."""
        acquired = self._kube.informers.acquire_named(self._scope, self._name)
        self._informer = self._stack.enter_context(acquired)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop watching."""
        self._stack.close()

    def read(self) -> Object | None:
        """Return the current object, or None if it does not exist. Raises like `WatchedObjects.read`."""
        return _entered(self._informer).get(self._name)

    def on_change(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `wake` after every change of the object while the context is entered."""
        return _entered(self._informer).on_change(wake, self._name)

    def describe(self) -> str:
        """Return the object's kind, namespace and name, for example "Deployment shop/web"."""
        return format_name(self._scope.kind, self._name, self._scope.namespace)


def _entered(informer: Informer | None) -> Informer:
    if informer is None:
        raise RuntimeError("the watch is not running; use it inside its `with` block")
    return informer


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
