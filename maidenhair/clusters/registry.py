"""The registry of providers: choose and create the one for the settings."""

from __future__ import annotations

from maidenhair._util import paths
from maidenhair._util.progress import Progress
from maidenhair.clusters.embedded.layout import layout_for as embedded_layout
from maidenhair.clusters.embedded.provider import EmbeddedProvider
from maidenhair.clusters.existing import ExistingProvider
from maidenhair.clusters.extensions import NO_EXTENSIONS, Extensions
from maidenhair.clusters.kind.container_engine import find_engine
from maidenhair.clusters.kind.layout import layout_for as kind_layout
from maidenhair.clusters.kind.provider import KindProvider
from maidenhair.clusters.provider import Provider
from maidenhair.config.cluster import Settings


def choose_provider(settings: Settings, progress: Progress) -> Settings:
    """Return settings that name a provider.

    If the settings name none, choose one and report it: the provider that has a cluster of this name; otherwise kind,
    if Docker or Podman is running and the cluster has nodes; otherwise embedded.

    Raises:
        ConfigurationError: the cluster's name is invalid, or KIND_EXPERIMENTAL_PROVIDER names an unknown engine.
    """
    if settings.provider is not None:
        return settings
    provider, reason = _choose(settings)
    progress.say(f"Provider {provider}: {reason} (set MAIDENHAIR_PROVIDER to use another)")
    return settings.model_copy(update={"provider": provider})


def provider_for(
    settings: Settings, progress: Progress, extensions: Extensions = NO_EXTENSIONS
) -> Provider:
    """Create the provider that the settings name, or that `choose_provider` chooses.

    Args:
        settings: the cluster's settings.
        progress: where long steps are reported.
        extensions: the additions of systems under test.

    Raises:
        ConfigurationError: as `choose_provider`.
    """
    chosen = choose_provider(settings, progress)
    if chosen.provider == ExistingProvider.name:
        return ExistingProvider(chosen, progress, extensions)
    if chosen.provider == KindProvider.name:
        return KindProvider(chosen, progress, extensions)
    return EmbeddedProvider(chosen, progress, extensions)


def _choose(settings: Settings) -> tuple[str, str]:
    name, state = settings.cluster_name, paths.state_dir()
    folders = {
        "embedded": embedded_layout(name, state).folder,
        "kind": kind_layout(name, state).folder,
    }
    for provider, folder in folders.items():
        if folder.exists():
            return provider, f"it has a cluster {name!r}"
    if settings.profile == "api":
        return "embedded", "kind cannot run a control plane without nodes"
    engine = find_engine()
    if engine is None:
        return "embedded", "neither Docker nor Podman is running"
    return "kind", f"{engine.name} is running"
