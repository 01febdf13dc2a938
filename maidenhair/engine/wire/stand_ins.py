"""Objects that stand in workers for the formatters of the run, and record what hooks and steps do with those."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from behave.formatter.json import JSONFormatter

from maidenhair.engine.capture.plain_values import is_plain
from maidenhair.engine.execution.formatter_gate import PROTOCOL
from maidenhair.engine.model import Formatter
from maidenhair.engine.wire.records import FormatterUsed, Reference


class FormatterTraits(NamedTuple):
    """The part of a formatter that workers know.

    Attributes:
        kind: the name of its class.
        names: the names of its attributes and methods.
        values: those of its attributes that are plain values.
        takes_bytes: whether its attachments must be bytes.
        is_allure: whether it takes the calls of the module allure.
    """

    kind: str
    names: frozenset[str]
    values: Mapping[str, Any]
    takes_bytes: bool
    is_allure: bool

    @classmethod
    def of(cls, formatter: Formatter) -> FormatterTraits:
        """Return the traits of a formatter."""
        kind = type(formatter)
        names = frozenset(dir(formatter))
        values = dict(_plain_attributes(formatter, names))
        is_allure = any(each.__module__.startswith("allure_behave") for each in kind.__mro__)
        return cls(kind.__qualname__, names, values, issubclass(kind, JSONFormatter), is_allure)


class UseRecorder:
    """Records what is done with formatters, and numbers the results.

    Args:
        record: takes each use.
    """

    def __init__(self, record: Callable[[FormatterUsed], None]) -> None:
        self._record = record
        self._numbers = itertools.count(1)

    def add(
        self, used: Reference, arguments: Sequence[Any], options: Mapping[str, Any] | None
    ) -> Remote:
        """Record a call, or an attribute that is set where there are no options. Return a stand-in for the result."""
        result = -next(self._numbers)
        sent = (
            None if options is None else {name: _sent(used, each) for name, each in options.items()}
        )
        values = tuple(_sent(used, each) for each in arguments)
        self._record(FormatterUsed(used, values, sent, result))
        return Remote(self, Reference(result))


class Remote:
    """Stands for a method, an attribute or a result of a formatter. Its uses are recorded.

    Args:
        recorder: takes the uses.
        reference: the value that it stands for.
    """

    __slots__ = ("_recorder", "_reference")

    def __init__(self, recorder: UseRecorder, reference: Reference) -> None:
        object.__setattr__(self, "_recorder", recorder)
        object.__setattr__(self, "_reference", reference)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Remote(self._recorder, _inside(self._reference, name))

    def __setattr__(self, name: str, value: object) -> None:
        self._recorder.add(_inside(self._reference, name), (value,), None)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Record a call of it."""
        return self._recorder.add(self._reference, arguments, options)


class FormatterStandIn:
    """Stands for a formatter.

    Args:
        recorder: takes the uses.
        number: the number of the formatter.
        traits: its attributes.
        observer: takes behave's calls.
    """

    def __init__(
        self,
        recorder: UseRecorder,
        number: int,
        traits: FormatterTraits,
        observer: object | None = None,
    ) -> None:
        attributes = vars(self)
        attributes.update(_recorder=recorder, _reference=Reference(number), _traits=traits)
        # The run itself makes behave's calls of its formatters, when it shows the results.
        attributes.update({name: getattr(observer, name, _nothing) for name in PROTOCOL})

    def __getattr__(self, name: str) -> Any:
        traits: FormatterTraits = vars(self)["_traits"]
        if name in traits.values:
            return traits.values[name]
        if name not in traits.names:
            raise AttributeError(f"'{traits.kind}' object has no attribute '{name}'")
        return Remote(self._recorder, _inside(self._reference, name))

    def __setattr__(self, name: str, value: object) -> None:
        self._recorder.add(_inside(self._reference, name), (value,), None)


def _nothing(*_: object) -> None:
    """Do nothing."""


def _inside(reference: Reference, name: str) -> Reference:
    return Reference(reference.target, (*reference.path, name))


def _sent(used: Reference, value: Any) -> Any:
    if isinstance(value, Remote):
        reference: Reference = value._reference
        return reference
    if not is_plain(value):
        name = ".".join(used.path)
        raise TypeError(
            f"the formatter's {name} cannot take a {type(value).__name__} from a worker process; "
            "pass text, bytes, numbers or paths, or run with -j 1"
        )
    return value


def _plain_attributes(formatter: Formatter, names: frozenset[str]) -> Iterator[tuple[str, Any]]:
    for name in names:
        value = inspect.getattr_static(formatter, name, None)
        if value is not None and not name.startswith("__") and is_plain(value):
            yield name, value
