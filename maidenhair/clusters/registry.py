"""The providers there are, and which of them makes the cluster of some settings."""

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
    """Return settings that name a provider: the one they name already, otherwise the one chosen and reported here.

    A cluster of that name that was made before is used. For a new one the choice is kind if Docker or Podman answers
    and the cluster has nodes, otherwise embedded.

    Raises:
        ConfigurationError: the cluster's name cannot be one, or KIND_EXPERIMENTAL_PROVIDER names an unknown engine.
    """
    if settings.provider is not None:
        return settings
    provider, reason = _choose(settings)
    progress.say(f"Provider {provider}: {reason} (MAIDENHAIR_PROVIDER chooses another)")
    return settings.model_copy(update={"provider": provider})


def provider_for(
    settings: Settings, progress: Progress, extensions: Extensions = NO_EXTENSIONS
) -> Provider:
    """Return the provider that the settings name, or the one that is chosen where they name none.

    Args:
        settings: the cluster's settings.
        progress: where long steps are reported.
        extensions: what systems under test add to the cluster.

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
        return "embedded", "kind has no control plane without nodes"
    engine = find_engine()
    if engine is None:
        return "embedded", "neither Docker nor Podman answers"
    return "kind", f"{engine.name} answers"
