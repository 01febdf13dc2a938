"""Moves the reporters that the hook before_all adds in a worker into the run's process."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from maidenhair.engine.capture.plain_values import plain_text
from maidenhair.engine.model import Config, Reporter, Runner

_SUITE = "suite"


class HookRunner(Runner, Protocol):
    """A runner that has loaded environment.py."""

    hooks: Mapping[str, Callable[..., object]]


class AddingRunner(HookRunner, Protocol):
    """The runner of a worker, whose formatters hooks may have added to."""

    stand_ins: list[Any]


def added_reporters(runner: AddingRunner) -> tuple[bytes | None, list[str]]:
    """Return the reporters that before_all added, pickled, and a text for each that cannot be moved."""
    added, problems = [], []
    for reporter in runner.config.reporters:
        try:
            _pickled([reporter], runner)
        except Exception as error:  # anything that an object of the suite's raises
            problems.append(_problem("reporter", reporter, plain_text(error)))
        else:
            added.append(reporter)
    for formatter in runner.formatters:
        if formatter not in runner.stand_ins:
            reason = "it has an output of its own"
            problems.append(_problem("formatter", formatter, reason))
    return (_pickled(added, runner) if added else None), problems


def restored_reporters(pickled: bytes, runner: HookRunner) -> list[Reporter]:
    """Return the reporters that a worker added, with the configuration of the run."""
    reporters: list[Reporter] = _Unpickler(io.BytesIO(pickled), runner).load()
    return reporters


def _problem(what: str, added: object, reason: str) -> str:
    return (
        f"the {what} {type(added).__name__}, which before_all added, cannot be moved from a worker to the run: "
        f"{reason}. "
        f"Name the {what} in behave's configuration, or run with -j 1"
    )


def _pickled(reporters: list[Reporter], runner: HookRunner) -> bytes:
    file = io.BytesIO()
    _Pickler(file, runner).dump(reporters)
    return file.getvalue()


class _Pickler(pickle.Pickler):
    """Pickles objects whose classes may be defined in environment.py, and that hold the configuration."""

    def __init__(self, file: io.BytesIO, runner: HookRunner) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._config: Config = runner.config
        self._names = {id(value): name for name, value in runner.hooks.items()}

    def persistent_id(self, value: object) -> Any:
        """Return the name of an object that the run has too."""
        if value is self._config:
            return "config"
        name = self._names.get(id(value)) if isinstance(value, type) else None
        return None if name is None else (_SUITE, name)


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, runner: HookRunner) -> None:
        super().__init__(file)
        self._runner = runner

    def persistent_load(self, name: Any) -> Any:
        """Return the object of the run that has a name."""
        return self._runner.config if name == "config" else self._runner.hooks[name[1]]
