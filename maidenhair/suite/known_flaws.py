"""The known flaws that tags of specs name, such as `@hami.flaw.phantom-use`."""

from __future__ import annotations

from collections.abc import Iterable

from maidenhair.errors import ConfigurationError
from maidenhair.suite.session import Session
from maidenhair.systems.flaw import FLAW_TAG


class KnownFlaws:
    """The known flaws of a session's systems, and those that its cluster has.

    Args:
        session: the session.
    """

    def __init__(self, session: Session) -> None:
        self._present = session.flaws
        self._known = {each.tag for system in session.systems.active for each in system.flaws()}

    def reason_to_fail(self, tags: Iterable[str]) -> str | None:
        """Return why a spec with these tags is expected to fail on the cluster, or None if it is not.

        Args:
            tags: the tags of the spec and of its feature.

        Raises:
            ConfigurationError: a tag names an unknown flaw.
        """
        # Sorted, so that the reason is always the same: behave's tags have no order.
        named = sorted(tag for tag in tags if FLAW_TAG.fullmatch(tag))
        for tag in named:
            if tag not in self._known:
                known = ", ".join(sorted(self._known)) or "none"
                raise ConfigurationError(
                    f"@{tag}: there is no such flaw; the active systems have: {known}"
                )
        found = (f"{tag}: {self._present[tag]}" for tag in named if tag in self._present)
        return next(found, None)
