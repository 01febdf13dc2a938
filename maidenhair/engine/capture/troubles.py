"""Exceptions as values that travel between processes: classes of step modules cannot be imported elsewhere."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from types import TracebackType
from typing import Any, NamedTuple, cast

from maidenhair.engine.capture.plain_values import is_plain, plain_text
from maidenhair.engine.capture.text_filters import TextFilters
from maidenhair.engine.capture.tracebacks import Frame, frames_of, linked

_DEEPEST = 8
"""How many exceptions of a chain are sent."""


class Trouble(NamedTuple):
    """An exception as a value.

    Attributes:
        kind: the name of its type.
        text: its text.
        module: the module of its type.
        base: the built-in type that it is nearest to.
        arguments: its arguments, if they are plain values, otherwise its text.
        frames: its traceback.
        notes: its notes.
        members: the exceptions of a group.
        cause: the exception that it was raised from.
        context: the exception during whose handling it was raised.
        is_context_hidden: whether the context is not shown.
    """

    kind: str
    text: str
    module: str = "builtins"
    base: str = "Exception"
    arguments: tuple[Any, ...] = ()
    frames: tuple[Frame, ...] = ()
    notes: tuple[str, ...] = ()
    members: tuple[Trouble, ...] = ()
    cause: Trouble | None = None
    context: Trouble | None = None
    is_context_hidden: bool = False

    @classmethod
    def of(cls, exception: BaseException | None, traceback: TracebackType | None) -> Trouble | None:
        """Return an exception and its traceback as a value."""
        return None if exception is None else _trouble(exception, traceback, _DEEPEST)

    def filtered(self, filters: TextFilters) -> Trouble:
        """Return it with filtered texts. The lines of code in its traceback stay as they are."""
        return self._replace(
            text=filters.text(self.text),
            arguments=filters.value(self.arguments),
            notes=filters.value(self.notes),
            members=tuple(each.filtered(filters) for each in self.members),
            cause=self.cause.filtered(filters) if self.cause else None,
            context=self.context.filtered(filters) if self.context else None,
        )

    def exception(self) -> BaseException:
        """Return an exception with the same names, text, members and chain."""
        made = self._built_in()
        if made is not None:
            return self._completed(made)
        members = [each.exception() for each in self.members]
        kind = _kind(self, bool(members))
        if members:
            made = kind(self.text, members)
        else:
            made = kind.__new__(kind)
            made.args = self.arguments
        return self._completed(made)

    def traceback(self) -> TracebackType | None:
        """Return a traceback that can be formatted."""
        return linked(self.frames)

    def _built_in(self) -> BaseException | None:
        """Return an exception of a built-in type, if the arguments make the same text."""
        if self.module != "builtins" or self.kind != self.base or self.members:
            return None
        try:
            made: BaseException = getattr(builtins, self.base)(*self.arguments)
        except TypeError:
            # Some types need other arguments than they have later.
            return None
        return made if str(made) == self.text else None

    def _completed(self, made: BaseException) -> BaseException:
        for note in self.notes:
            made.add_note(note)
        made.__cause__ = self.cause.exception() if self.cause else None
        made.__context__ = self.context.exception() if self.context else None
        made.__suppress_context__ = self.is_context_hidden
        return made


def _trouble(error: BaseException, traceback: TracebackType | None, depth: int) -> Trouble:
    kind = type(error)
    group = error if isinstance(error, BaseExceptionGroup) else None
    text = plain_text(group.message if group is not None else error)
    return Trouble(
        plain_text(kind.__qualname__),
        text,
        plain_text(kind.__module__),
        next(each.__name__ for each in kind.__mro__ if vars(builtins).get(each.__name__) is each),
        _arguments_of(error, text),
        frames_of(traceback),
        tuple(map(plain_text, _notes_of(error))),
        _members(group, depth),
        _chained(error.__cause__, depth),
        None if error.__suppress_context__ else _chained(error.__context__, depth),
        error.__suppress_context__,
    )


def _members(group: BaseExceptionGroup[BaseException] | None, depth: int) -> tuple[Trouble, ...]:
    if group is None or depth <= 0:
        return ()
    return tuple(_trouble(each, each.__traceback__, depth - 1) for each in group.exceptions)


def _chained(error: BaseException | None, depth: int) -> Trouble | None:
    if error is None or depth <= 0:
        return None
    return _trouble(error, error.__traceback__, depth - 1)


def _arguments_of(error: BaseException, text: str) -> tuple[Any, ...]:
    arguments = error.args
    if isinstance(error, OSError) and type(error).__module__ == "builtins":
        # Its arguments lack the paths.
        arguments = error.__reduce__()[1]  # type: ignore[assignment]
    return arguments if is_plain(arguments) else (text,)


def _notes_of(error: BaseException) -> Sequence[object]:
    notes = getattr(error, "__notes__", ())
    return notes if isinstance(notes, list | tuple) else ()


def _kind(trouble: Trouble, is_group: bool) -> type[BaseException]:
    base: Any = getattr(builtins, trouble.base)
    if is_group and trouble.module == "builtins" and trouble.kind == trouble.base:
        return cast("type[BaseException]", base)
    if not is_group and issubclass(base, BaseExceptionGroup):
        base = Exception
    text = trouble.text
    namespace: dict[str, object] = {
        "__module__": trouble.module,
        "__qualname__": trouble.kind,
    }
    if not is_group:
        namespace["__str__"] = lambda _: text
    name = trouble.kind.rpartition(".")[2]
    kind: type[BaseException] = type(name, (base,), namespace)
    return kind
