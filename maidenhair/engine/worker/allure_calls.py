"""Records the calls of the module allure in a worker, for the Allure formatter of the run."""

from __future__ import annotations

import enum
import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from maidenhair.engine.capture.plain_values import is_plain, plain_text
from maidenhair.engine.capture.troubles import Trouble
from maidenhair.engine.wire.records import AllureCalled
from maidenhair.engine.wire.stand_ins import FormatterTraits

_FIXTURES = ("start_fixture", "stop_fixture")
# Decorators return functions, and no call of them changes the report.
_DECORATORS = "decorate_"
_ERROR = ("exc_type", "exc_val", "exc_tb")


def record_allure_calls(
    traits: Sequence[FormatterTraits], record: Callable[[AllureCalled], object]
) -> None:
    """Record what hooks and steps call of allure, such as `allure.attach`, if the run has an Allure formatter.

    Args:
        traits: the formatters of the run.
        record: takes each call.
    """
    if not any(each.is_allure for each in traits):
        return
    # Imported here, because it is no dependency of the engine.
    import allure_commons

    plugin = SimpleNamespace()
    for name, hook in _hooks():
        recorded = allure_commons.hookimpl(_recorded(name, hook, record))
        setattr(plugin, name, recorded)
    allure_commons.plugin_manager.register(plugin, "maidenhair")


def _hooks() -> Iterator[tuple[str, Callable[..., Any]]]:
    from allure_commons._hooks import AllureDeveloperHooks, AllureUserHooks

    for name, hook in vars(AllureUserHooks).items():
        if inspect.isfunction(hook) and not name.startswith(_DECORATORS):
            yield name, hook
    for name in _FIXTURES:
        yield name, getattr(AllureDeveloperHooks, name)


def _recorded(
    name: str, hook: Callable[..., Any], record: Callable[[AllureCalled], object]
) -> Callable[..., None]:
    names = list(inspect.signature(hook).parameters)[1:]

    # The plug-in manager reads the names of the arguments from the function that is wrapped.
    @functools.wraps(hook)
    def recorded(*values: Any) -> None:
        record(_call(name, dict(zip(names, values, strict=True))))

    return recorded


def _call(name: str, arguments: dict[str, Any]) -> AllureCalled:
    trouble = Trouble.of(arguments.get("exc_val"), arguments.get("exc_tb"))
    values = {key: value for key, value in arguments.items() if key not in _ERROR}
    if "source" in values:
        # The file may be gone when the run shows the spec.
        name = name.replace("attach_file", "attach_data")
        values["body"] = Path(values.pop("source")).read_bytes()
    body = values.get("body", b"")
    if not isinstance(body, str | bytes | bytearray | memoryview):
        raise TypeError(f"an attachment must be bytes or text, not {type(body).__name__}")
    kind = values.get("attachment_type")
    if isinstance(kind, enum.Enum):
        values["attachment_type"] = kind.mime_type  # type: ignore[attr-defined]
        values["extension"] = kind.extension  # type: ignore[attr-defined]
    has_error = "exc_val" in arguments
    return AllureCalled(
        name, {key: _plain(each) for key, each in values.items()}, has_error, trouble
    )


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return _plain(value.value)
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    if isinstance(value, Mapping):
        return {plain_text(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return (
            type(value)(map(_plain, value)) if type(value) in (list, tuple) else plain_text(value)
        )
    return value if is_plain(value) else plain_text(value)
