from __future__ import annotations

import re
from pathlib import Path

import pytest

from maidenhair._util import data
from maidenhair._util.data import data_folder, package_folder
from maidenhair.errors import MaidenhairError
from tests.project import ROOT


def test_a_checkout_is_read_where_it_is_edited() -> None:
    assert data_folder("manifests/rbac") == ROOT / "manifests" / "rbac"


def test_a_package_that_carries_data_has_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "package_folder", lambda package: tmp_path / package)
    carried = tmp_path / "maidenhair/data/kind"
    carried.mkdir(parents=True)
    # Somebody else's, in site-packages.
    for name in ("kind", "toolchain"):
        (tmp_path / name).mkdir()
    assert data_folder("kind") == carried
    with pytest.raises(MaidenhairError, match="data/toolchain is missing"):
        data_folder("toolchain")


def test_a_folder_that_is_missing_is_named() -> None:
    with pytest.raises(
        MaidenhairError, match=f"folder {re.escape(str(ROOT / 'nothing'))} is missing; reinstall"
    ):
        data_folder("nothing")


def test_the_folder_of_a_package_is_that_of_its_modules() -> None:
    assert package_folder("maidenhair.clusters.embedded") == ROOT / "maidenhair/clusters/embedded"
