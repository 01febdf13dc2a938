"""Objects that are kept up to date by a watch: sources for `maidenhair.waiting`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Protocol, Self

from maidenhair.kube.objects import Object, Objects
from maidenhair.kube.watch.informer import Informer, Scope
from maidenhair.kube.watch.informers import Informers

Picks = Callable[[Object], bool]


class Client(Protocol):
    """What watching needs of a client."""

    @property
    def informers(self) -> Informers:
        """Return what is watched through this client."""


class WatchedObjects:
    """The objects of one kind in one namespace (or all), or those that selectors pick.

    A context manager and a `Source[Objects]`: entering it sees to it that what is read is no older. All that
    watch a kind in a namespace through one client share one watch.

    Args:
        kube: the API.
        api_version: such as "v1".
        kind: such as "Pod".
        namespace: the namespace; all of them by default.
        label_selector: such as "app=web".
        field_selector: such as "metadata.name=web".

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
        self._picks: Picks = _everything
        labels = _equalities(label_selector)
        if namespace is not None and field_selector is None and labels is not None:
            # A namespace is small: one watch of all that is in it serves everybody.
            self._scope = Scope(api_version, kind, namespace)
            self._picks = _with_labels(labels)
        self._stack = ExitStack()
        self._informer: Informer | None = None

    def __enter__(self) -> Self:
        """List the objects and begin to watch.

        Raises:
            ApiRefused: the kind is not served, or may not be listed.
            ApiUnreachable: nothing answers.
        """
        self._informer = self._stack.enter_context(self._kube.informers.following(self._scope))
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
        """Return the objects as last heard of, by namespace and name; treat them as read-only.

        Raises:
            KubernetesError: the watch has been broken for seconds, so what is known may be stale.
        """
        return [each for each in self._followed().read() if self._picks(each)]

    def on_change(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `wake` after every change of the kind in the namespace while the context is entered."""
        return self._followed().on_change(wake)

    def named(self, name: str, namespace: str | None = None) -> Named:
        """Return a source of the one of a name, for many waits under one entry; it is not entered itself.

        Args:
            name: the object's name; it need not exist (yet).
            namespace: its namespace, where those of all are watched.
        """
        return Named(self, name, namespace)

    def _followed(self) -> Informer:
        if self._informer is None:
            raise RuntimeError("a watch is read before it is entered")
        return self._informer


class Named:
    """One object of those that are watched: a `Source[Object | None]`; see `WatchedObjects.named`."""

    def __init__(self, among: WatchedObjects, name: str, namespace: str | None = None) -> None:
        self._among = among
        self._name = name
        self._namespace = namespace

    def read(self) -> Object | None:
        """Return the object as last heard of, or None where there is none; raises like `WatchedObjects.read`."""
        for each in self._among.read():
            metadata = each["metadata"]
            there = self._namespace in (None, metadata.get("namespace"))
            if there and metadata["name"] == self._name:
                return each
        return None

    def on_change(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `wake` after every change of its kind while the context is entered."""
        return self._among.on_change(wake)


class WatchedObject:
    """One object that is kept up to date: a context manager and a `Source[Object | None]`.

    Args:
        kube: the API.
        api_version: such as "apps/v1".
        kind: such as "Deployment".
        name: the object's name; it need not exist (yet).
        namespace: its namespace, None for kinds that have none.

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
        # Those of a kind without namespaces may be many, and of no concern.
        only = f"metadata.name={name}" if namespace is None else None
        self._watched = WatchedObjects(kube, api_version, kind, namespace, field_selector=only)
        self._named = self._watched.named(name)

    def __enter__(self) -> Self:
        """Get the object and begin to watch it; raises like `WatchedObjects`."""
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
        """Return the object as last heard of, or None where there is none; raises likewise."""
        return self._named.read()

    def on_change(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `wake` after every change of its kind in its namespace while the context is entered."""
        return self._watched.on_change(wake)


def _everything(_: Object) -> bool:
    return True


def _equalities(selector: str | None) -> dict[str, str] | None:
    """Return the labels that a selector of equalities wants, None for one that says more."""
    labels = {}
    for part in (selector or "").split(",") if selector else ():
        name, sign, value = part.partition("=")
        if not sign or name.endswith("!"):
            return None
        labels[name.strip()] = value.removeprefix("=").strip()
    return labels


def _with_labels(labels: dict[str, str]) -> Picks:
    def picks(each: Object) -> bool:
        has = each["metadata"].get("labels") or {}
        return labels.items() <= has.items()

    return picks
