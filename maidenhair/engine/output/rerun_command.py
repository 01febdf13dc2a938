"""The command that runs failed specs again, with the options of the run."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from behave import configuration

_LEFT_OUT = {
    *("-f", "--format", "-o", "--outfile", "--junit", "--no-junit", "--junit-directory"),
    *("-r", "--runner", "--shard", "--rerun-failed", "--until-it-fails"),
}
"""Options of reports, of the runner, and of other ways to select specs."""
_LEFT_OUT_DEFINES = ("maidenhair.shard", "maidenhair.rerun-failed", "maidenhair.rerun_failed")


def rerun_command(arguments: Sequence[str], locations: Sequence[str] | None) -> str:
    """Return the command for a shell.

    Args:
        arguments: the arguments of the run's command line.
        locations: the file and line of each failed spec; None for `--rerun-failed` with the paths of the run.
    """
    rest = list(arguments[1:] if list(arguments[:1]) == ["run"] else arguments)
    options: list[str] = []
    paths: list[str] = []
    for name, words in _grouped(rest):
        if not name:
            paths += words
        elif name not in _LEFT_OUT and not _is_left_out_define(name, words):
            options += words
    chosen = ["--rerun-failed", *paths] if locations is None else locations
    return shlex.join(["maidenhair", "run", *options, *chosen])


def _grouped(arguments: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield each option's name with the words that belong to it, and each path with an empty name."""
    takes_value = _options()
    words = iter(arguments)
    for word in words:
        if word == "--":
            yield "", list(words)
        elif not word.startswith("-") or word == "-":
            yield "", [word]
        else:
            long = word.startswith("--")
            flag, attached = word.partition("=")[::2] if long else (word[:2], word[2:])
            name = flag if flag in takes_value else _completed(flag, takes_value)
            value = [] if attached or "=" in word or not takes_value.get(name) else [*_next(words)]
            yield name, [word, *value]


def _options() -> dict[str, bool]:
    """Return whether each option of the command line takes a value."""
    takes_value = {}
    for flags, keywords in configuration.OPTIONS:
        action = keywords.get("action", "store")
        for flag in flags:
            takes_value[flag] = action in ("store", "append")
    return takes_value


def _completed(flag: str, known: dict[str, bool]) -> str:
    """Return the option that an abbreviation stands for."""
    return next((each for each in known if each.startswith(flag)), flag)


def _next(words: Iterator[str]) -> Iterator[str]:
    for word in words:
        yield word
        return


def _is_left_out_define(name: str, words: Sequence[str]) -> bool:
    value = words[-1] if len(words) > 1 else words[0].removeprefix("-D").removeprefix("--define=")
    return name in ("-D", "--define") and value.partition("=")[0] in _LEFT_OUT_DEFINES
