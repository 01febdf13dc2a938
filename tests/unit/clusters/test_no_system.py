"""Clusters name no system under test: systems add to them through extensions, components and recipes."""

from __future__ import annotations

import re

from tests.project import ROOT

NAMES = re.compile(
    r"torch|contour|envoy|gateway|hami\b|device.?(plugin|query)|kwok|toxiproxy", re.IGNORECASE
)
# Networks have gateways too.
ROUTES = re.compile(r"gateway=|\bgateway = |isGateway")


def test_no_file_of_clusters_names_a_system() -> None:
    files = [
        path
        for suffix in ("*.py", "*.yaml")
        for path in (ROOT / "maidenhair" / "clusters").rglob(suffix)
    ]
    named = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if NAMES.search(line) and not ROUTES.search(line)
    ]
    assert len(files) > 50
    assert named == []
