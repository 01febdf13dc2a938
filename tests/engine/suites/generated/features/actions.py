"""The actions of steps, hooks and fixtures in a generated suite."""

import json
import logging
import os
import signal
import sys
import warnings
from pathlib import Path

from behave import fixture, use_fixture
from behave.api.pending_step import StepNotImplementedError

# Python would show a repeated warning once in each process, and the engine has several.
warnings.simplefilter("always")
# Each process logs that it has made its event loop.
logging.getLogger("asyncio").setLevel(logging.WARNING)


class TwoArguments(Exception):
    def __init__(self, first, second):
        super().__init__(f"{first} and {second}")


class WithoutText(Exception):
    def __str__(self):
        raise RuntimeError("this exception has no text")


class NotLoadable(Exception):
    def __reduce__(self):
        return (self.__class__.missing, ())


class NotPicklable(Exception):
    def __reduce__(self):
        raise TypeError("cannot be pickled")


class NotComparable(AssertionError):
    def __eq__(self, other):
        raise RuntimeError("this exception compares with nothing")

    __hash__ = None


class Slotted(ValueError):
    __slots__ = ("detail",)

    def __setattr__(self, name, value):
        raise AttributeError(name)


def local():
    class Local(Exception):
        """A class that exists in this function only."""

    return Local("of a function")


def caused():
    try:
        raise KeyError("the cause")
    except KeyError as cause:
        error = ValueError("the effect")
        error.__cause__ = cause
        return error


def noted():
    error = ValueError("with notes")
    error.add_note("the first note")
    return error


ERRORS = {
    "assertion": lambda: AssertionError("it is\nnot so"),
    "assertion without text": AssertionError,
    "special assertion": lambda: NotComparable("it is not so"),
    "value": lambda: ValueError("no such value"),
    "key": lambda: KeyError("k"),
    "empty": RuntimeError,
    "numbers": lambda: RuntimeError(1, None),
    "file": lambda: FileNotFoundError(2, "No such file or directory", "missing"),
    "unicode": lambda: UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    "time": lambda: TimeoutError("too late"),
    "stop": lambda: StopIteration("nothing more"),
    "local class": local,
    "two arguments": lambda: TwoArguments(1, 2),
    "not picklable": lambda: NotPicklable("stays in its process"),
    "not loadable": lambda: NotLoadable("never to be loaded"),
    "slots": Slotted,
    "group": lambda: ExceptionGroup("several", [ValueError("one"), KeyError("two")]),
    "caused": caused,
    "noted": noted,
    "long": lambda: ValueError("long " * 2000),
    "not ASCII": lambda: ValueError("Gr\u00fc\u00dfe \u6f22\u5b57 \u2603"),
    "pending": lambda: StepNotImplementedError("later"),
    "warning": lambda: UserWarning("raised"),
}


@fixture
def passing(context, number):
    trace(context, f"fixture {number} begins")
    yield number
    trace(context, f"fixture {number} ends")


@fixture
def failing_at_its_start(context):
    trace(context, "failing fixture begins")
    raise RuntimeError("no such fixture")
    yield


@fixture
def failing_at_its_end(context):
    yield
    trace(context, "failing fixture ends")
    raise RuntimeError("the fixture cannot end")


def trace(context, event, **details):
    """Write one line about what happened, and in which element."""
    # An interrupt must not come between what happens and its line.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    owner = "run"
    for name in ("scenario", "rule", "feature"):
        element = getattr(context, name, None)
        if element is not None:
            owner = f"{name} {Path(element.filename).name}:{element.line}"
            break
    line = json.dumps({"process": os.getpid(), "owner": owner, "event": event, **details})
    with Path(os.environ["SUITE_TRACE"]).open("a") as file:
        file.write(line + "\n")
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


def act(context, action, argument, element=None):
    """Take one action."""
    ACTIONS[action](context, argument, element)


def fail(context, argument, element):
    raise ERRORS[argument]()


def skip(context, argument, element):
    for candidate in (element, getattr(context, "scenario", None), context.feature):
        if hasattr(candidate, "skip"):
            candidate.skip(argument)
            return


def rename(context, argument, element):
    target = element if hasattr(element, "name") else context.scenario
    target.name = f"{target.name} {argument}"


def tag(context, argument, element):
    target = element if hasattr(element, "tags") else context.scenario
    target.tags.append(argument)


def describe(context, argument, element):
    context.scenario.description.append(argument)


def clean_up(context, argument, element):
    def clean():
        trace(context, f"cleanup {argument}")
        print(f"cleaning {argument}")

    context.add_cleanup(clean)


def fail_in_cleanup(context, argument, element):
    def clean():
        trace(context, f"cleanup that fails: {argument}")
        raise ERRORS[argument]()

    context.add_cleanup(clean)


def interrupt(context, argument, element):
    raise KeyboardInterrupt(argument)


def leave(context, argument, element):
    raise SystemExit(argument)


ACTIONS = {
    "aborts": lambda context, text, _: context.abort(text),
    "attaches": lambda context, text, _: context.attach("text/plain", text.encode()),
    "attaches text": lambda context, text, _: context.attach("text/plain", text),
    "cleans up": clean_up,
    "cleans up with": fail_in_cleanup,
    "continues": lambda context, _, __: setattr(
        context.scenario, "continue_after_failed_step", True
    ),
    "describes": describe,
    "exits": leave,
    "fails": fail,
    "interrupts": interrupt,
    "logs": lambda _, text, __: logging.getLogger("suite").warning(text),
    "prints": lambda _, text, __: print(text),
    "prints without end": lambda _, text, __: print(text, end=""),
    "prints errors": lambda _, text, __: print(text, file=sys.stderr),
    "remembers": lambda context, text, _: setattr(context, "memory", text),
    "recalls": lambda context, _, __: print(getattr(context, "memory", "nothing")),
    "renames": rename,
    "runs steps": lambda context, text, _: context.execute_steps(text),
    "skips": skip,
    "tags": tag,
    "uses a fixture": lambda context, number, _: use_fixture(passing, context, number),
    "uses a fixture that fails": lambda context, _, __: use_fixture(failing_at_its_start, context),
    "uses a fixture that fails later": lambda context, _, __: use_fixture(
        failing_at_its_end, context
    ),
    "warns": lambda _, text, __: warnings.warn(text, stacklevel=2),
}
