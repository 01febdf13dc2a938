"""The provider that settings name, with the additions of systems under test."""

from __future__ import annotations

import pytest

from maidenhair._util.progress import Progress
from maidenhair.clusters.provider import Extensions
from maidenhair.clusters.registry import provider_for
from maidenhair.config.cluster import Settings


@pytest.mark.parametrize("name", ["embedded", "kind", "existing"])
def test_the_provider_is_the_one_that_the_settings_name(name: str) -> None:
    assert provider_for(Settings(provider=name), Progress()).name == name


@pytest.mark.parametrize("name", ["kind", "existing"])
def test_nothing_is_mounted_into_containers_of_others_than_embedded_clusters(name: str) -> None:
    provider = provider_for(
        Settings(provider=name), Progress(), Extensions(mounts={"/a": "widget"})
    )
    assert "widget" not in provider.components


def test_the_embedded_provider_needs_the_mounted_components() -> None:
    settings = Settings(provider="embedded")
    provider = provider_for(settings, Progress(), Extensions(mounts={"/a": "widget"}))
    assert provider.components[-1] == "widget"
    assert "widget" not in provider_for(settings, Progress()).components
