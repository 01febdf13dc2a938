"""Trials of capabilities that no finding shows. Each worker tries them when a spec first needs them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from maidenhair.suite.capabilities import capability_of, reason_to_skip
from maidenhair.suite.session import Session


class Trials:
    """The capabilities of a session: those that discovery found, and those that a trial confirms.

    Args:
        session: the session. Its cluster names the capabilities that discovery found.
    """

    def __init__(self, session: Session) -> None:
        self._available = set(session.cluster.capabilities)
        self._lacking = dict(session.lacking)
        self._version = session.cluster.version
        self._untried: dict[str, tuple[str, Callable[[Any], str | None]]] = {
            capability.name: (system.name, capability.trial)
            for system in session.systems.active
            for capability in system.capabilities()
            if capability.trial is not None and capability.name in self._available
        }

    def reason_to_skip(self, tags: Collection[str]) -> str | None:
        """Return why a spec with these tags cannot run, or None if it can as far as is known before trials.

        Raises:
            ConfigurationError: a tag names an unknown capability, or has a wrong value.
        """
        decided = [tag for tag in tags if capability_of(tag) not in self._untried]
        return reason_to_skip(decided, self._available, self._lacking, self._version)

    def reason_after(self, tags: Iterable[str], opened: Mapping[str, Any]) -> str | None:
        """Try the capabilities that these tags name, and return why the spec cannot run, or None if it can.

        Args:
            tags: the tags of the spec and of its feature.
            opened: by the name of each active system, what its `System.open` returned.

        Raises:
            MaidenhairError: a trial failed. It is repeated for the next spec.
        """
        named = [tag for tag in tags if capability_of(tag) in self._untried]
        needed = {capability_of(tag) for tag in named}
        # In the order of their declaration, because a system declares first what the others depend on.
        for name in [each for each in self._untried if each in needed]:
            system, trial = self._untried[name]
            reason = trial(opened[system])
            del self._untried[name]
            if reason is not None:
                self._available.remove(name)
                self._lacking[name] = reason
                break
        return reason_to_skip(named, self._available, self._lacking)
