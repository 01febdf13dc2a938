"""Waiting for an expectation: `eventually` it holds, or `consistently` it keeps holding.

Both take a source (a function, or an object that says when it changes) and a PyHamcrest matcher,
and say on failure what was expected, what was last seen, and how it got there. `asynchronous` has both
for steps that are `async def`.
"""

from maidenhair.waiting.sources import Changing, Source, StopCondition
from maidenhair.waiting.sync import consistently, eventually
from maidenhair.waiting.wait import message_of_wait

__all__ = ["Changing", "Source", "StopCondition", "consistently", "eventually", "message_of_wait"]
