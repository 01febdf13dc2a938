"""Waiting for an expectation: `eventually` it holds, or `consistently` it keeps holding.

Both take a source (a function, or an object that says when it changes) and a PyHamcrest matcher,
and say on failure what was expected, what was last seen, and how it got there.
"""

from maidenhair.waiting.sources import Changing, Source, StopCondition
from maidenhair.waiting.wait import consistently, eventually, message_of_wait

__all__ = ["Changing", "Source", "StopCondition", "consistently", "eventually", "message_of_wait"]
