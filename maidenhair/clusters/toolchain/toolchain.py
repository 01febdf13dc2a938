"""Provide components: try each source in order, then download or build missing components in parallel."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from maidenhair._util import paths
from maidenhair._util.data import data_folder
from maidenhair._util.progress import Progress
from maidenhair.clusters.toolchain.cache import Cache
from maidenhair.clusters.toolchain.components import (
    ComponentSource,
    Pins,
    component_table,
)
from maidenhair.clusters.toolchain.download import Downloader
from maidenhair.clusters.toolchain.hosts import Hosts, parse_mirrors
from maidenhair.clusters.toolchain.making.forecast import Forecast
from maidenhair.clusters.toolchain.making.lanes import open_lanes
from maidenhair.clusters.toolchain.model import Component, Finding, Obstacle, Source, Tool
from maidenhair.clusters.toolchain.release import read_releases
from maidenhair.clusters.toolchain.sources import Assets, Cached, Explicit, Made, OnPath
from maidenhair.config.cluster import Settings
from maidenhair.errors import ConfigurationError, ToolchainError

PROBES_AT_ONCE = 4


@dataclass
class _Search:
    """The search for one component: the makers not tried yet, and the failures of the sources that were tried."""

    component: Component
    makers: list[Made]
    failures: list[str] = field(default_factory=list)

    def attempt(self, source: Source) -> Tool | None:
        try:
            return source.provide()
        except ToolchainError as error:
            self.failures.append(f"{source.label}: {error}")
            return None

    def explain(self) -> str:
        tried = "\n".join(f"  - {failure}".replace("\n", "\n    ") for failure in self.failures)
        return f"{self.component.name}: no source could provide it; tried in this order:\n{tried}"


_Attempt = tuple[_Search, Tool | None]
"""A search, and the component if its maker made it."""


class Toolchain:
    """Provide the components of a cluster.

    Args:
        settings: the version of Kubernetes, mirrors, and the components that the user set.
        progress: where long steps are reported.
        cache: the folder of downloaded and built components; default: the user's cache.
        components: all components; default: the framework's and those of `extra`.
        hosts: the hosts that were contacted before; default: none.
        extra: the components that systems under test add to the framework's.

    Raises:
        ToolchainError: a file that pins a version cannot be read, or two components have the same name.
        ConfigurationError: the mirrors in the settings are malformed.
    """

    def __init__(
        self,
        settings: Settings,
        progress: Progress,
        cache: Path | None = None,
        components: Sequence[Component] | None = None,
        hosts: Hosts | None = None,
        extra: Sequence[ComponentSource] = (),
    ) -> None:
        self._stopped = threading.Event()
        folder = cache or paths.cache_dir() / "tools"
        if components is None:
            mirrors = parse_mirrors(settings.mirrors)
            downloads = folder / "downloads"
            downloader = Downloader(
                downloads, mirrors, settings.downloads, hosts or Hosts(), self._stopped
            )
            toolchain = data_folder("toolchain")
            releases = read_releases(toolchain / "releases.toml", downloader)
            pins = Pins(toolchain, releases, settings.kubernetes_version)
            components = component_table(pins, extra)
        self._components: Mapping[str, Component] = {each.name: each for each in components}
        self._settings = settings
        self._progress = progress
        self._cache = Cache(folder, progress)
        self._forecast = Forecast(folder)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all components."""
        return tuple(self._components)

    def ensure(self, names: Iterable[str]) -> dict[str, Tool]:
        """Provide components, each from the first source that has it.

        The sources are, in this order: the user's setting, KUBEBUILDER_ASSETS, PATH (both if the version fits), the
        cache, and the component's makers: a release, a Go module, a Python package or a Debian package. Missing
        components are made in parallel, but makers of the same lane, such as Go builds with packages in common, run one
        after another, in the order of the names.

        Args:
            names: the components' names, first what is needed first.

        Returns:
            The components, by name.

        Raises:
            ToolchainError: a component could not be provided; the message lists all sources and why each failed.
            ConfigurationError: a path that the user set cannot be used.
        """
        searches = [self._search(name) for name in dict.fromkeys(names)]
        with ThreadPoolExecutor(PROBES_AT_ONCE) as executor:
            found = list(executor.map(self._look, searches))
        tools = {tool.name: tool for tool in found if tool is not None}
        missing = [search for search in searches if search.component.name not in tools]
        for tool in self._make_all(missing):
            tools[tool.name] = tool
        failed = [search.explain() for search in missing if search.component.name not in tools]
        if failed:
            raise ToolchainError("\n".join(failed))
        return {search.component.name: tools[search.component.name] for search in searches}

    def examine(self, names: Iterable[str]) -> list[Finding]:
        """Return where components would come from, without downloading or building anything.

        Raises:
            ToolchainError: there is no component of that name.
        """
        searches = [self._search(name) for name in dict.fromkeys(names)]
        with ThreadPoolExecutor(PROBES_AT_ONCE) as executor:
            return list(executor.map(self._examine, searches))

    def _examine(self, search: _Search) -> Finding:
        name = search.component.name
        try:
            tool = self._look(search)
        except ConfigurationError as error:
            unusable = Obstacle(str(error), "correct the setting")
            return Finding(name, obstacles=(unusable,), failures=tuple(search.failures))
        obstacles: list[Obstacle] = []
        if tool is None:
            for maker in search.component.makers:
                obstacle = maker.obstacle()
                if obstacle is None:
                    return Finding(name, None, maker, tuple(obstacles), tuple(search.failures))
                obstacles.append(obstacle)
        return Finding(name, tool, None, tuple(obstacles), tuple(search.failures))

    def _search(self, name: str) -> _Search:
        component = self._components.get(name)
        if component is None:
            raise ToolchainError(
                f"there is no component {name!r}; there are: {', '.join(self.names)}"
            )
        return _Search(
            component, [Made(component, m, self._cache, self._forecast) for m in component.makers]
        )

    def _look(self, search: _Search) -> Tool | None:
        component = search.component
        sources: list[Source] = [
            Explicit(component, self._settings.tools),
            Assets(component),
            OnPath(component),
        ]
        sources += [Cached(component, maker, self._cache) for maker in component.makers]
        return next(filter(None, map(search.attempt, sources)), None)

    def _make_all(self, searches: Sequence[_Search]) -> Iterator[Tool]:
        """Yield components as they are made. If a maker fails, try the component's next maker."""
        names = {made.maker.lane for search in searches for made in search.makers}
        positions = {search.component.name: number for number, search in enumerate(searches)}
        with open_lanes(names, self._stopped) as lanes:

            def begin(search: _Search) -> Future[_Attempt]:
                made, position = search.makers.pop(0), positions[search.component.name]
                self._forecast.expect(position, made.maker)
                return lanes[made.maker.lane].submit(position, lambda: _attempt(search, made))

            running = {begin(search) for search in searches if search.makers}
            reported: set[str] = set()
            while running:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    running.remove(future)
                    search, tool = future.result()
                    if tool is not None:
                        yield tool
                    elif search.makers:
                        reason = search.failures[-1]
                        if reason not in reported:
                            self._progress.say(f"{reason} (next: {search.makers[0].label})")
                        reported.add(reason)
                        running.add(begin(search))
                    else:
                        self._progress.say(f"{search.component.name}: {search.failures[-1]}")


def _attempt(search: _Search, made: Made) -> _Attempt:
    return search, search.attempt(made)
