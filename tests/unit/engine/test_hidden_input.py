"""Typed text is hidden, and shown again whenever the terminal belongs to others."""

from __future__ import annotations

import os
import pty
import signal
import termios
from collections.abc import Iterator

import pytest

from maidenhair.engine.output.hidden_input import HiddenInput


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Give a terminal in which this process is in the foreground."""
    ours, theirs = pty.openpty()
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp())
    yield theirs
    os.close(ours)
    os.close(theirs)


def echoes(terminal: int) -> bool:
    return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)


def test_what_is_typed_is_hidden_between_start_and_stop(terminal: int) -> None:
    hidden = HiddenInput(terminal, lambda: None)
    before = termios.tcgetattr(terminal), signal.getsignal(signal.SIGTSTP)
    hidden.start()
    during = echoes(terminal)
    hidden.stop()

    assert during is False
    assert (termios.tcgetattr(terminal), signal.getsignal(signal.SIGTSTP)) == before


def test_what_is_typed_is_shown_while_the_process_is_suspended(
    terminal: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[object] = []
    monkeypatch.setattr(os, "kill", lambda *call: happened.append((*call, echoes(terminal))))
    hidden = HiddenInput(terminal, lambda: happened.append("room was made"))
    hidden.start()
    signal.raise_signal(signal.SIGTSTP)
    after = echoes(terminal)
    hidden.stop()

    assert happened == ["room was made", (os.getpid(), signal.SIGTSTP, True)]
    assert after is False


def test_a_terminal_without_echo_stays_so(terminal: int) -> None:
    modes = termios.tcgetattr(terminal)
    modes[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSANOW, modes)
    hidden = HiddenInput(terminal, lambda: None)
    hidden.start()
    hidden.stop()

    assert not echoes(terminal)


def test_the_terminal_of_another_program_is_left_alone(
    terminal: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp() + 1)
    hidden = HiddenInput(terminal, lambda: None)
    hidden.start()
    during = echoes(terminal)
    hidden.stop()

    assert during is True
