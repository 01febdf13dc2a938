"""The features that a worker parsed, those used last."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from maidenhair.engine.model import Config, Container, Feature, Outline, Scenario
from maidenhair.engine.planning.places import Path as PlanPath
from maidenhair.engine.planning.places import find, walk
from maidenhair.engine.planning.sources import Source, identity_of, parse_source

PARSED_FEATURES = 32


@dataclass(frozen=True)
class ParsedFeature:
    """A feature as a worker parsed it.

    Attributes:
        feature: the feature.
        specs: its specs and what they are in, by their places; hooks may move them later.
        identities: the identity of each spec.
    """

    feature: Feature
    specs: dict[PlanPath, tuple[list[Container | Outline], Scenario]]
    identities: dict[PlanPath, str]


class ParsedFeatures:
    """Parses features when they are needed, and keeps the ones used last.

    Args:
        config: behave's configuration.
        folder: the run's folder.
    """

    def __init__(self, config: Config, folder: Path) -> None:
        self._config = config
        self._folder = folder
        self._texts: dict[int, Source] = {}
        self._features: dict[int, ParsedFeature] = {}

    def add(self, number: int, source: Source) -> None:
        """Add the text of a feature."""
        self._texts[number] = source

    def get(self, number: int) -> ParsedFeature | None:
        """Return the feature of a number, or None if it cannot be parsed."""
        parsed = self._features.pop(number, None)
        if parsed is None:
            feature = parse_source(self._texts[number], self._config.lang, self._folder)
            if feature is None:
                return None
            places = [(spec.path, scenario) for spec, scenario in walk([feature])]
            specs = {path: find(feature, path) for path, _ in places}
            identities = {path: identity_of(scenario) for path, scenario in places}
            parsed = ParsedFeature(feature, specs, identities)
        # The one used last goes last.
        self._features[number] = parsed
        if len(self._features) > PARSED_FEATURES:
            del self._features[next(iter(self._features))]
        return parsed
