"""The engine's options: where they come from, what is refused, and the page that lists them."""

from __future__ import annotations

import sys
from ast import literal_eval
from types import SimpleNamespace

import pytest

from maidenhair.config import engine as run_options
from maidenhair.config.engine import ENGINE, auto_jobs

from .conftest import Ended, Suite

SPECS = "\n".join(f"Scenario: s{n}\n  Given it passes" for n in range(6))


def order(ended: Ended) -> list[str]:
    return [line.split()[0] for line in ended.log if line.endswith("passes")]


def test_nearer_sources_take_precedence(suite: Suite) -> None:
    suite.feature(SPECS)
    (suite.folder / "pyproject.toml").write_text(
        '[tool.maidenhair]\norder = "random"\nseed = 1\nfail_on_empty = true\n'
    )
    runs = [
        suite.run(),
        suite.run(MAIDENHAIR_SEED="2"),
        suite.run("-D", "maidenhair.seed=3", MAIDENHAIR_SEED="2"),
        suite.command("run", "--seed", "4", "-D", "maidenhair.seed=3", MAIDENHAIR_SEED="2"),
    ]
    seeds = [ended.out.split("order: random, seed ")[1].split()[0] for ended in runs]

    assert seeds == ["1", "2", "3", "4"]
    assert {ended.last_line for ended in runs} == {"6 passed, 0 failed, 0 skipped"}


@pytest.mark.parametrize(
    ("options", "alone"), [((), False), (("-j", "1"), True), (("-j2",), False)]
)
def test_one_job_is_one_where_more_are_set(
    suite: Suite, options: tuple[str, ...], alone: bool
) -> None:
    suite.feature(SPECS)
    suite.hooks("import os\n\ndef before_all(context):\n    log(f'in {os.getpid()}')")
    process = suite.start(*options, MAIDENHAIR_JOBS="2")
    ended = suite.end(process)

    assert (f"in {process.pid}" in ended.log) is alone
    assert ended.last_line == "6 passed, 0 failed, 0 skipped"


def test_the_command_takes_flags_beside_behaves_own(suite: Suite) -> None:
    suite.feature(SPECS)
    ended = suite.command(
        *("run", "-j", "auto", "--order", "random", "--timeout", "90s", "--fail-on-empty"),
        *("--tags", "not @slow", "-f", "json", "-o", "r.json", "--no-color"),
    )
    printed = suite.command("run", "--help")

    assert (ended.code, ended.last_line) == (0, "6 passed, 0 failed, 0 skipped")
    assert (suite.folder / "r.json").exists()
    for setting in ENGINE.settings.values():
        assert setting.flag in printed.out
    assert "--tags-help" in printed.out


def test_flags_of_the_suites_settings_are_ways_to_define_them(suite: Suite) -> None:
    suite.feature(SPECS)
    suite.hooks("def before_all(context):\n    log(str(dict(context.config.userdata)))")
    suite.command(
        *("run", "--no-downloads", "--keep-cluster", "--nodes", "3", "--diagnostics-time", "90s"),
        *("-D", "nodes=2", "-D", "mine=1"),
    )
    wrong = suite.command("run", "--nodes", "99")

    assert literal_eval(suite.log[0]) == {
        **{"downloads": "no", "keep_cluster": "yes", "diagnostics_time": "90s"},
        **{"nodes": "2", "mine": "1"},
    }
    assert wrong.code == 2
    assert "--nodes=99: invalid value; allowed: a number from 1 to 32" in wrong.err


def test_a_flag_can_say_no_where_a_variable_says_yes(suite: Suite) -> None:
    suite.feature(SPECS)
    arguments = ("run", "--tags=@none")
    yes = suite.command(*arguments, MAIDENHAIR_FAIL_ON_EMPTY="yes")
    no = suite.command(*arguments, "--no-fail-on-empty", MAIDENHAIR_FAIL_ON_EMPTY="yes")

    assert (yes.code, no.code) == (3, 0)


@pytest.mark.parametrize(
    ("arguments", "environment", "printed"),
    [
        (
            ["-D", "maidenhair.ordr=random"],
            {},
            "-D maidenhair.ordr: there is no such setting; allowed: jobs, order",
        ),
        (
            ["-D", "maidenhair.order=wild"],
            {},
            "-D maidenhair.order: 'wild' is not allowed; allowed: defined, random",
        ),
        (
            [],
            {"MAIDENHAIR_ODER": "random"},
            "MAIDENHAIR_ODER: there is no such variable; did you mean MAIDENHAIR_ORDER?",
        ),
        (
            [],
            {"MAIDENHAIR_SHARD": "3/2"},
            "MAIDENHAIR_SHARD=3/2: invalid value; allowed: i/n with 1 <= i <= n",
        ),
        (
            [],
            {"MAIDENHAIR_JOBS": "many"},
            "MAIDENHAIR_JOBS=many: invalid value; allowed: a whole number, at least 1",
        ),
        (
            ["-D", "maidenhair.timeout=soon"],
            {},
            "invalid value; allowed: a number with ms, s, m or h",
        ),
    ],
)
def test_what_is_wrong_is_named_before_any_spec(
    suite: Suite, arguments: list[str], environment: dict[str, str], printed: str
) -> None:
    suite.feature(SPECS)
    ended = suite.run(*arguments, **environment)

    assert ended.code == 2
    assert printed in ended.err
    assert ended.log == []


def test_an_unknown_name_in_pyproject_and_an_unknown_flag_are_named(suite: Suite) -> None:
    suite.feature(SPECS)
    flag = suite.command("run", "--ordr", "random")
    value = suite.command("run", "--order", "wild")
    (suite.folder / "pyproject.toml").write_text("[tool.maidenhair]\nordr = 3\n")
    table = suite.run()

    assert (flag.code, value.code, table.code) == (2, 2, 2)
    assert "--ordr" in flag.err
    assert "'wild' is not allowed; allowed: defined, random, random-features" in value.err
    assert (
        "pyproject.toml: [tool.maidenhair] has no setting 'ordr'; did you mean order?" in table.err
    )
    assert suite.log == []


@pytest.mark.parametrize(
    ("cores", "specs", "gigabytes", "jobs"),
    [
        (2, 1, 16, 2),
        (2, 14, 16, 5),
        (2, 500, 16, 8),
        (2, 500, 3, 3),
        (2, 500, 0, 1),
        (64, 3000, 512, 256),
        (8, 3, 16, 8),
    ],
)
def test_as_many_workers_are_started_as_suit_the_machine_and_the_specs(
    monkeypatch: pytest.MonkeyPatch, cores: int, specs: int, gigabytes: int, jobs: int
) -> None:
    monkeypatch.setattr(run_options, "cores", lambda: cores)
    free = SimpleNamespace(available=gigabytes << 30)
    monkeypatch.setattr("psutil.virtual_memory", lambda: free)
    assert auto_jobs(specs) == jobs


@pytest.mark.parametrize("auto", [("-j", "auto"), ("-j0",)])
def test_specs_run_in_several_processes_when_their_number_is_left_to_the_engine(
    suite: Suite, auto: tuple[str, ...]
) -> None:
    suite.feature(SPECS)
    suite.hooks(
        "import os\n\ndef before_scenario(context, scenario):\n    log(f'in {os.getpid()}')"
    )
    process = suite.popen([sys.executable, "-m", "maidenhair", "run", *auto])
    ended = suite.end(process)

    assert f"in {process.pid}" not in ended.log
    assert ended.last_line == "6 passed, 0 failed, 0 skipped"
