"""The pages of the reference that are made from the code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from maidenhair.config.cluster import OPTIONS
from maidenhair.config.engine import OPTIONS as ENGINE_OPTIONS
from maidenhair.config.options import Option


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
            *_table(ENGINE_OPTIONS),
            "",
            "## Of the cluster",
            "",
            "`behave` takes these as `-D NAME=VALUE`, `maidenhair run` also as flags where there is one.",
            "",
            *_table(OPTIONS),
            "",
        ]
    )


def _table(options: Sequence[Option]) -> Iterator[str]:
    yield "| name | flag | variable | default | values | |"
    yield "|---|---|---|---|---|---|"
    for option in options:
        flags = ", ".join(f"`{each}`" for each in option.flags)
        default = option.shown or {None: "none", False: "no"}.get(option.default, option.default)
        yield f"| `{option.name}` | {flags} | `{option.variable}` | {default} | {option.values} | {option.help} |"


if __name__ == "__main__":
    print(options_page(), end="")
