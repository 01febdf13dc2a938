"""The pages of the reference that are made from the code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from maidenhair.config import OPTIONS
from maidenhair.options import Option
from maidenhair.run_options import OPTIONS as ENGINE_OPTIONS


def options_page() -> str:
    """Return docs/reference/options.md."""
    return "\n".join(
        [
            "# Options",
            "",
            "Made from the code by `make docs`. A value comes from `[tool.maidenhair]` in pyproject.toml, from the",
            "environment before that, and from the command line before both.",
            "",
            "## Of the engine",
            "",
            "`maidenhair run` takes these as flags, beside all of behave's; `behave` itself takes them as",
            "`-D maidenhair.NAME=VALUE`.",
            "",
            *_table(ENGINE_OPTIONS, with_flags=True),
            "",
            "## Of the cluster",
            "",
            "`behave` takes these as `-D NAME=VALUE`.",
            "",
            *_table(OPTIONS, with_flags=False),
            "",
        ]
    )


def _table(options: Sequence[Option], with_flags: bool) -> Iterator[str]:
    flags = " flag |" if with_flags else ""
    yield f"| name |{flags} variable | default | values | |"
    yield f"|---|{'---|' if with_flags else ''}---|---|---|---|"
    for option in options:
        flags = f" `{'`, `'.join(option.flags)}` |" if with_flags else ""
        default = option.shown or {None: "none", False: "no"}.get(option.default, option.default)
        yield f"| `{option.name}` |{flags} `{option.variable}` | {default} | {option.values} | {option.help} |"


if __name__ == "__main__":
    print(options_page(), end="")
