"""The objects that lists and watch events delivered, by name, and which of two states is the newer one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from maidenhair.kube.objects import Object, Objects

_ByNamespace = dict[str, Object]


class Store:
    """All objects of a scope, as new as the lists and events that were put in. Not safe to share between threads.

    Resource versions are compared as numbers. Kubernetes guarantees this since 1.35; etcd has always provided it.
    """

    def __init__(self) -> None:
        self._objects: dict[str, _ByNamespace] = {}
        # Resource versions: of the last list of all objects, of the newest change, and by name of the last list of it.
        self._listed, self._newest = 0, 0
        self._listed_by_name: dict[str, int] = {}

    def read(self) -> Objects:
        """Return the objects, sorted by namespace and name."""
        found = [
            (namespace, name, each)
            for name, objects in self._objects.items()
            for namespace, each in objects.items()
        ]
        return [each for _, _, each in sorted(found, key=lambda entry: entry[:2])]

    def get(self, name: str, namespace: str | None = None) -> Object | None:
        """Return the object of a name, or None. Without a namespace, return that of the first namespace."""
        objects = self._objects.get(name, {})
        if namespace is None:
            namespace = min(objects, default="")
        return objects.get(namespace)

    def put_all(self, found: Iterable[Object], version: int) -> set[str]:
        """Replace all objects with a list, unless newer changes are known. Return the names that changed."""
        if version <= self._newest:
            return set()
        listed: dict[str, _ByNamespace] = {}
        for each in found:
            listed.setdefault(each["metadata"]["name"], {})[_namespace(each)] = each
        newer = {name for name, at in self._listed_by_name.items() if at > version}
        changed = {
            name
            for name in (listed.keys() | self._objects.keys()) - newer
            if _versions(listed.get(name)) != _versions(self._objects.get(name))
        }
        self._objects = {
            **{name: objects for name, objects in listed.items() if name not in newer},
            **{name: self._objects[name] for name in newer & self._objects.keys()},
        }
        self._listed_by_name = {name: self._listed_by_name[name] for name in newer}
        self._listed = self._newest = version
        return changed

    def put_named(self, name: str, found: Iterable[Object], version: int) -> bool:
        """Replace the objects of a name with a list, unless newer changes are known. Return whether they changed."""
        if version <= self._known_until(name):
            return False
        listed = {_namespace(each): each for each in found}
        changed = _versions(listed) != _versions(self._objects.get(name))
        self._replace(name, listed)
        self._listed_by_name[name] = version
        return changed

    def put_event(self, event_type: str, changed: Object) -> str | None:
        """Apply an event of a watch, unless it is part of a list. Return the name that changed, or None."""
        version = int(changed["metadata"]["resourceVersion"])
        self._newest = max(self._newest, version)
        name = changed["metadata"].get("name", "")
        if event_type == "BOOKMARK" or not self._is_new(name, version):
            return None
        objects = dict(self._objects.get(name, {}))
        if event_type == "DELETED":
            objects.pop(_namespace(changed), None)
        else:
            objects[_namespace(changed)] = changed
        self._replace(name, objects)
        return str(name)

    def restart(self) -> None:
        """Accept the next list, whatever its version. Changes may have been missed, or versions begin anew."""
        self._listed = self._newest = 0
        self._listed_by_name.clear()

    def clear(self) -> set[str]:
        """Remove all objects, because their kind is not served. Return their names."""
        names = set(self._objects)
        self._objects = {}
        self.restart()
        return names

    def _known_until(self, name: str) -> int:
        """Return the resource version up to which all changes of a name are known."""
        return max(self._newest, self._listed_by_name.get(name, 0))

    def _is_new(self, name: str, version: int) -> bool:
        return version > max(self._listed, self._listed_by_name.get(name, 0))

    def _replace(self, name: str, objects: _ByNamespace) -> None:
        if objects:
            self._objects[name] = objects
        else:
            self._objects.pop(name, None)


class NamedStore(Store):
    """Only the objects of names that are in use, so that other objects of the scope take no memory."""

    def __init__(self) -> None:
        super().__init__()
        self._users: Counter[str] = Counter()

    @property
    def names(self) -> list[str]:
        """Return the names in use."""
        return list(self._users)

    def use(self, name: str) -> None:
        """Keep the objects of a name from now on."""
        self._users[name] += 1

    def release(self, name: str) -> None:
        """Undo one call of `use`."""
        self._users[name] -= 1
        if not self._users[name]:
            del self._users[name]
            self._objects.pop(name, None)
            self._listed_by_name.pop(name, None)

    def _known_until(self, name: str) -> int:
        # Events from before the first use of a name were not stored, so the newest event says nothing about it.
        return self._listed_by_name.get(name, 0)

    def _is_new(self, name: str, version: int) -> bool:
        if name not in self._users or version <= self._listed_by_name.get(name, 0):
            return False
        self._listed_by_name[name] = version
        return True


def _namespace(each: Object) -> str:
    return str(each["metadata"].get("namespace", ""))


def _versions(objects: _ByNamespace | None) -> dict[str, str]:
    return {
        namespace: each["metadata"].get("resourceVersion", "")
        for namespace, each in (objects or {}).items()
    }
