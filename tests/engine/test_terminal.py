"""On a terminal every line of a run stays, once, and nothing of the live display does."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from hamcrest import assert_that, has_item, matches_regexp

from .conftest import Suite
from .terminal import Terminal, squeezed

SPECS = 3
LONG = "a title that is rather long, so that it takes several rows of a narrow terminal, "
DISPLAY = r"\d+ done, \d+ failed, "
HOOKS = r"""
    import sys, time

    def before_all(context):
        print("\x1b[31mbefore all in red\x1b[0m", flush=True)
        print("no newline at the end on stderr", end="", file=sys.stderr)

    def before_scenario(context, scenario):
        print(f"{scenario.name[:2]} to stdout: \x1b[1;32m" + "green " * 30 + "\x1b[0m")
        print(f"{scenario.name[:2]} to stderr: 標準エラー 🎉🎉🎉 " * 8, file=sys.stderr)
        print("no newline at the end 試験 🎉", end="")
        time.sleep(0.3)
"""


def write_features(suite: Suite) -> None:
    for name in ("f", "g"):
        scenarios = [
            f"Scenario: {name}{number} {LONG}{'試験🎉' * number * 7}\n  Given it passes\n"
            f"  And it {'fails' if number == 2 else 'passes'}"
            for number in range(SPECS)
        ]
        suite.feature("\n".join(scenarios), name)
    suite.hooks(HOOKS)


def printed_without_display(suite: Suite, *options: str) -> str:
    """Return what a run prints on a terminal without a display."""
    terminal = Terminal(columns=2000)
    terminal.run(suite, "-D", "maidenhair.display=off", *options)
    return terminal.received.decode()


# tests/unit/engine/test_live.py has more widths.
@pytest.mark.parametrize(("form", "columns"), [("plain", 40), ("pretty", 80), ("progress", 120)])
def test_every_line_stays_once(suite: Suite, form: str, columns: int) -> None:
    write_features(suite)
    # In colour, pretty reports times that it leaves out without.
    options = (
        "-j",
        "2",
        "-f",
        form,
        "--no-capture",
        "--no-capture-hooks",
        "--no-timings",
        "--no-summary",
    )
    colour = "--color=on" if form == "pretty" else "--color=off"
    expected = printed_without_display(suite, *options, colour)
    terminal = Terminal(columns, 16)
    code = terminal.run(suite, *options, colour)

    assert code == 1
    assert_that(terminal.received.decode(), matches_regexp(f"(?s).*{DISPLAY}"))
    assert squeezed("".join(terminal.rows)) == squeezed(expected)
    assert terminal.rows[-1] == "4 passed, 2 failed, 0 skipped"


def test_a_resize_in_the_middle_destroys_nothing(suite: Suite) -> None:
    suite.feature(
        "\n".join(
            f'Scenario: s{n}\n  Given it logs "middle"\n  And it waits 0.6 s' for n in range(6)
        )
    )
    options = ("-j", "2", "-f", "pretty", "--color=on", "--no-timings", "--no-summary")
    expected = printed_without_display(suite, *options)
    (suite.folder / "log").unlink()
    for columns, lines in ((120, 30), (60, 24)):
        terminal = Terminal(80, 20)
        terminal.run(suite, *options, middle=lambda each: each.resize(columns, lines))  # noqa: B023
        (suite.folder / "log").unlink()

        assert squeezed("".join(terminal.rows)) == squeezed(expected)


def test_a_display_of_many_workers_fits_into_a_small_terminal(suite: Suite) -> None:
    suite.feature("\n".join(f"Scenario: s{n}\n  Given it waits 1.5 s" for n in range(6)))
    terminal = Terminal(60, 7)
    terminal.run(suite, "-j", "6", "-f", "plain", "--no-timings")
    rows = [row.rstrip() for screen in terminal.screens for row in screen]

    assert_that(rows, has_item(matches_regexp(r"^… and \d+ more$")))
    assert all(len(row) < 60 for row in rows if row.startswith("worker"))
    assert not [row for row in terminal.rows if row.startswith(("worker", "…"))]
    assert_that(terminal.rows, has_item("  Scenario: s0"))
    assert_that(terminal.rows, has_item("  Scenario: s5"))


def test_dots_go_on_in_their_line_below_which_the_display_is(suite: Suite) -> None:
    specs = "\n".join(f"Scenario: s{n}\n  Given it waits 0.02 s" for n in range(60))
    suite.feature(specs)
    terminal = Terminal(40, 12)
    terminal.run(suite, "-j", "2", "-f", "progress", "--no-timings")

    assert "".join(terminal.rows).count("." * 60) == 1, terminal.rows
    assert_that(terminal.received.decode(), matches_regexp(f"(?s).*{DISPLAY}"))


def test_a_message_of_a_signal_handler_stays_whole(suite: Suite) -> None:
    suite.feature(
        'Scenario: a\n  Given it logs "middle"\n  And it waits for what never comes\n'
        "Scenario: b\n  Given it waits for what never comes"
    )
    terminal = Terminal(100, 20)
    code = terminal.run(
        suite, "-j", "2", "-f", "plain", middle=lambda each: each.send(signal.SIGINT)
    )

    assert code == 130
    assert_that(
        terminal.rows,
        has_item("SIGINT: cleaning up, then leaving; once more skips cleanups"),
    )
    assert not [row for row in terminal.rows if "to go" in row or row.startswith("worker ")]


TWO_SPECS = """
    Scenario: a
      Given it logs "middle"
      And it waits 1 s
    Scenario: b
      Given it waits 1 s
"""


def test_what_is_typed_leaves_nothing(suite: Suite) -> None:
    suite.feature(TWO_SPECS)
    options = ("-j", "2", "-f", "plain", "--no-timings", "--no-summary")
    expected = printed_without_display(suite, *options)
    (suite.folder / "log").unlink()
    terminal = Terminal()
    terminal.run(suite, *options, middle=lambda each: each.type("\nxyz\n\n"))

    assert squeezed("".join(terminal.rows)) == squeezed(expected)
    assert terminal.echoes_at_end


def test_the_terminal_shows_what_is_typed_after_a_run_that_signals_ended(suite: Suite) -> None:
    suite.feature(
        'Scenario: a\n  Given it logs "middle"\n  And it waits for what never comes\n'
        "Scenario: b\n  Given it waits for what never comes"
    )

    def end(terminal: Terminal) -> None:
        for _ in range(3):
            terminal.send(signal.SIGINT)

    terminal = Terminal()
    terminal.run(suite, "-j", "2", "-f", "plain", middle=end)

    assert terminal.echoes_at_end


@pytest.mark.parametrize("columns", [40, 80])
def test_every_line_stays_once_with_one_job_and_colours(suite: Suite, columns: int) -> None:
    write_features(suite)
    suite.feature(
        """
        Scenario: 試験 with a child and a table
          Given a child process prints "from the child"
          And it prints 300 bytes
          And it passes
            | a | 試験🎉試験🎉試験🎉試験🎉試験🎉試験🎉 |
            | 1 | 2 |
          And it fails
        """,
        "h",
    )
    options = ("-f", "pretty", "--color=on", "--no-capture", "--no-capture-hooks", "--no-timings")
    expected = printed_without_display(suite, *options, "--no-summary")
    terminal = Terminal(columns, 16)
    terminal.run(suite, *options, "--no-summary")

    assert squeezed("".join(terminal.rows)) == squeezed(expected)
    # Once each: a cursor that moves up would write over other lines.
    assert b"\x1b[1A" not in terminal.received
    assert "".join(terminal.rows).count("from the child") == 2


def test_what_is_redirected_is_not_watched(suite: Suite, tmp_path: Path) -> None:
    suite.feature("Scenario: a\n  Given it waits 0.5 s\nScenario: b\n  Given it fails")
    output = tmp_path / "out.txt"
    terminal = Terminal()
    with output.open("w") as file:
        terminal.run(suite, "-j", "2", "-f", "plain", "--no-color", stdout=file)

    assert "Scenario: b" in output.read_text()
    assert "\x1b" not in output.read_text()
    assert_that(terminal.received.decode(), matches_regexp(f"(?s).*{DISPLAY}"))
    assert terminal.rows == []
