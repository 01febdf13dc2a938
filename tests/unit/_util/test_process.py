"""Programs that are run to their end, read line by line, or left in the background."""

from __future__ import annotations

import signal
import sys
from itertools import islice
from pathlib import Path

import psutil
import pytest
from hamcrest import equal_to, not_none

from maidenhair._util.process import Background, describe_exit, last_lines, lines, run, start
from maidenhair.errors import ProgramFailed
from maidenhair.waiting import eventually

WITHIN = 30.0
TWO_OUTPUTS = "import sys; print('out', flush=True); print('err', file=sys.stderr)"


def python(program: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", program, *arguments]


def test_the_output_of_a_program_is_returned() -> None:
    done = run(python(TWO_OUTPUTS), seconds=WITHIN)
    assert (done.status, done.stdout, done.stderr) == (0, "out\n", "err\n")
    assert run(python(TWO_OUTPUTS), seconds=WITHIN, merge_output=True).stdout == "out\nerr\n"


def test_bytes_that_are_not_utf_8_are_replaced() -> None:
    done = run(python("import sys; sys.stdout.buffer.write(b'a\\xffb')"), seconds=WITHIN)
    assert done.stdout == "a\N{REPLACEMENT CHARACTER}b"


def test_a_program_gets_no_input() -> None:
    assert run(python("print(repr(open(0).read()))"), seconds=WITHIN).stdout == "''\n"


def test_variables_are_added_and_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STAYS", "1")
    monkeypatch.setenv("GOES", "2")
    show = "import os; print(*(os.environ.get(n) for n in ('STAYS', 'GOES', 'NEW')), os.getcwd())"
    environment = {"GOES": None, "NEW": "3"}
    done = run(python(show), seconds=WITHIN, environment=environment, folder=tmp_path)
    assert done.stdout.split() == ["1", "None", "3", str(tmp_path)]


def test_a_failure_shows_the_command_line_the_exit_status_and_the_last_lines() -> None:
    program = "import sys; [print(i, file=sys.stderr) for i in range(30)]; print('x'); sys.exit(3)"
    with pytest.raises(ProgramFailed) as failed:
        run(python(program, "a b"), seconds=WITHIN)
    head, *output = str(failed.value).splitlines()
    assert head.endswith("'a b'` exited with status 3:")
    assert output == [f"  {i}" for i in range(15, 30)]
    assert failed.value.status == 3


def test_statuses_may_be_accepted() -> None:
    program = python("import sys; sys.exit(3)")
    assert run(program, seconds=WITHIN, accepted=(0, 3)).status == 3
    assert run(program, seconds=WITHIN, accepted=None).status == 3


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(
        ProgramFailed, match=r"`no-such-program -v` could not be started: No such"
    ) as e:
        run(["no-such-program", "-v"], seconds=WITHIN)
    assert e.value.status is None


def test_a_program_that_takes_too_long_is_killed_and_its_output_shown() -> None:
    with pytest.raises(ProgramFailed, match=r"did not end within 2 s:\n  begun") as failed:
        run(["sh", "-c", "echo begun; exec sleep 600"], seconds=2)
    assert failed.value.output == "begun\n"


def test_a_group_is_killed_with_its_program() -> None:
    command = ["sh", "-c", "sleep 600 & echo $!; wait"]
    with pytest.raises(ZeroDivisionError), start(command, own_group=True) as process:
        assert process.stdout is not None
        child = psutil.Process(int(process.stdout.readline()))
        raise ZeroDivisionError
    eventually(lambda: ended(child), equal_to(True), within=WITHIN)


def test_lines_come_while_the_program_runs_and_it_ends_with_the_iterator() -> None:
    program = (
        "import os, time\nprint(os.getpid(), flush=True)\nprint('b', flush=True)\ntime.sleep(600)"
    )
    reading = lines(python(program))
    pid, second = islice(reading, 2)
    process = psutil.Process(int(pid))
    assert second == "b"
    reading.close()  # type: ignore[attr-defined]
    eventually(lambda: ended(process), equal_to(True), within=WITHIN)


def test_a_program_in_the_background_ends_with_the_context(tmp_path: Path) -> None:
    log = tmp_path / "log"
    program = "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)"
    with Background(python(program), log) as running:
        pid = int(
            eventually(lambda: log.read_text().strip() or None, not_none(), within=WITHIN) or 0
        )
        assert running.exit_description() is None
        process = psutil.Process(pid)
    assert ended(process)


def test_the_exit_of_a_program_in_the_background_is_described() -> None:
    with Background(python("import sys; sys.exit(4)")) as running:
        eventually(running.exit_description, equal_to("exited with status 4"), within=WITHIN)


def test_a_program_in_the_background_ends_with_its_process_even_if_that_is_killed(
    tmp_path: Path,
) -> None:
    log = tmp_path / "log"
    program = f"""
import os, signal, time
from pathlib import Path
from maidenhair._util.process import Background
log = Path({str(log)!r})
with Background(["sh", "-c", "echo $$; exec sleep 600"], log) as running:
    while not log.read_text().endswith("\\n"):
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    run(python(program), seconds=WITHIN, accepted=(-signal.SIGKILL,))
    orphan = int(log.read_text())
    eventually(
        lambda: not psutil.pid_exists(orphan) or ended(psutil.Process(orphan)),
        equal_to(True),
        within=WITHIN,
    )


@pytest.mark.parametrize(
    ("status", "described"),
    [
        (0, "exited with status 0"),
        (2, "exited with status 2"),
        (-signal.SIGTERM, "was killed by SIGTERM"),
        (-250, "was killed by signal 250"),
    ],
)
def test_an_exit_is_described(status: int, described: str) -> None:
    assert describe_exit(status) == described


def test_last_lines_are_those_with_text() -> None:
    assert last_lines("a\n\nb  \n  c\n\n", 2) == "b\n  c"


def ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
