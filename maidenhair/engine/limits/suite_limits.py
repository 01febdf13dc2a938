"""The limits of the code of a suite, as a worker gets them: without the settings, which take long to import."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from maidenhair.config.engine import EngineSettings


class SuiteLimits(NamedTuple):
    """The limits of hooks, cleanups and output.

    Attributes:
        hook_timeout: the seconds of a hook outside a spec; None for no limit.
        cleanup_timeout: the seconds of the cleanups of a spec; None for no limit.
        grace_period: the seconds after which code that ignores its limit is killed.
        output_limit: the bytes at each end of a spec's output that reports show.
    """

    hook_timeout: float | None
    cleanup_timeout: float | None
    grace_period: float
    output_limit: int

    @classmethod
    def of(cls, settings: EngineSettings) -> Self:
        """Return the limits that settings contain."""
        hooks, cleanups = settings.hook_timeout, settings.cleanup_timeout
        return cls(hooks, cleanups, settings.grace_period, settings.output_limit)
