"""The wheel, and an environment with nothing but it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project import ROOT
from tests.wheel.installation import Installation, build, install, locked_versions


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of this checkout."""
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Return an environment with the wheel and the packages that it requires, in the versions that are locked."""
    folder = tmp_path_factory.mktemp("installed")
    return install(
        folder / "environment", [str(wheel), "--constraint", str(locked_versions(folder))]
    )
