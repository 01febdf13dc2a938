"""Which provider makes the cluster, where the settings do not say."""

from __future__ import annotations

from maidenhair._util import paths
from maidenhair._util.progress import Progress
from maidenhair.clusters.embedded.layout import layout_for as embedded_layout
from maidenhair.clusters.kind.engine import find_engine
from maidenhair.clusters.kind.layout import layout_for as kind_layout
from maidenhair.config.cluster import Settings


def with_provider(settings: Settings, progress: Progress) -> Settings:
    """Return the settings with a provider: theirs, else the one that is chosen here and told.

    A cluster of that name that was made before is used. For a new one kind is taken where Docker or Podman answers,
    embedded elsewhere, and for the control plane alone.

    Raises:
        ConfigurationError: the cluster's name cannot be one, or KIND_EXPERIMENTAL_PROVIDER names an unknown engine.
    """
    if settings.provider is not None:
        return settings
    provider, reason = _choose(settings)
    progress.say(f"Provider {provider}: {reason} (MAIDENHAIR_PROVIDER chooses another)")
    return settings.model_copy(update={"provider": provider})


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
