"""Toolchain.ensure: the order of sources, its error when all fail, and makers that run in parallel."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from hamcrest import ends_with

from maidenhair._util.progress import Progress
from maidenhair.clusters.toolchain import Tool, Toolchain
from maidenhair.clusters.toolchain.model import Component, Obstacle, Recognition
from maidenhair.clusters.toolchain.process import run
from maidenhair.clusters.toolchain.version import at_least
from maidenhair.config.cluster import Settings
from maidenhair.errors import ConfigurationError, ToolchainError
from maidenhair.waiting import eventually


def write_executable(path: Path, version: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho widget version {version}\n")
    path.chmod(0o755)
    return path


def widget_maker(version: str) -> Callable[[Path], None]:
    return lambda folder: write_executable(folder / "bin/widget", version) and None


@dataclass(frozen=True)
class FakeMaker:
    """Run `work` on the entry's folder, and record the call."""

    work: Callable[[Path], None]
    label: str = "workshop"
    lane: str = "workshop"
    seconds: float = 1.0
    place: str = "bin/widget"
    name: str = "widget-1"
    version: str = "2.1.0"
    component: str = "widget"
    lacks: Obstacle | None = None
    calls: list[str] = field(default_factory=list)

    @property
    def action(self) -> str:
        return f"Making {self.name}"

    def entry(self) -> str:
        return self.name

    def obstacle(self) -> Obstacle | None:
        return self.lacks

    def make(self, folder: Path) -> Mapping[str, str]:
        self.calls.append(self.name)
        self.work(folder)
        return {self.component: self.version}

    def locate(self, component: str) -> Path:
        return Path(self.place)

    def environment(self, folder: Path) -> Mapping[str, str]:
        return {"WIDGET_HOME": str(folder)}


def fail(reason: str) -> Callable[[Path], None]:
    def work(folder: Path) -> None:
        (folder / "half-done").write_text("")
        raise ToolchainError(reason)

    return work


def widget(*makers: FakeMaker) -> Component:
    return Component("widget", makers, Recognition("widget", at_least("2.0")))


@pytest.fixture
def path_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    return folder


@pytest.fixture
def ensure(tmp_path: Path, path_folder: Path) -> Callable[..., dict[str, Tool]]:
    def call(*components: Component, **tools: Path) -> dict[str, Tool]:
        settings = Settings(tools=tools)
        progress = Progress(io.StringIO())
        toolchain = Toolchain(settings, progress, tmp_path / "cache", components)
        return toolchain.ensure([component.name for component in components])

    return call


class TestOrder:
    def test_the_explicit_setting_comes_first(self, ensure, path_folder, tmp_path):
        write_executable(path_folder / "widget", "2.5.0")
        chosen = write_executable(tmp_path / "mine/widget", "1.0.0")

        tool = ensure(widget(FakeMaker(widget_maker("2.1.0"))), widget=chosen)["widget"]

        assert (tool.path, tool.version, tool.source) == (chosen, "1.0.0", "MAIDENHAIR_TOOL_WIDGET")

    def test_then_the_folder_that_was_set_for_tests(
        self, ensure, path_folder, tmp_path, monkeypatch
    ):
        write_executable(path_folder / "widget", "2.5.0")
        asset = write_executable(tmp_path / "assets/widget", "2.1.0")
        monkeypatch.setenv("KUBEBUILDER_ASSETS", str(asset.parent))

        tool = ensure(widget(FakeMaker(widget_maker("2.1.0"))))["widget"]

        assert (tool.path, tool.source) == (asset, f"KUBEBUILDER_ASSETS ({asset.parent})")

    def test_then_path_with_a_fitting_version(self, ensure, path_folder):
        installed = write_executable(path_folder / "widget", "2.5.0")
        maker = FakeMaker(widget_maker("2.1.0"))

        tool = ensure(widget(maker))["widget"]

        assert (tool.path, tool.version, maker.calls) == (installed, "2.5.0", [])

    def test_an_unfit_version_on_path_is_passed_over(self, ensure, path_folder, tmp_path):
        write_executable(path_folder / "widget", "1.9.0")

        tool = ensure(widget(FakeMaker(widget_maker("2.1.0"))))["widget"]

        assert tool.path == tmp_path / "cache/widget-1/bin/widget"
        assert tool.version == "2.1.0"
        assert tool.environment == {"WIDGET_HOME": str(tmp_path / "cache/widget-1")}

    def test_a_cached_component_is_not_made_again(self, ensure):
        maker = FakeMaker(widget_maker("2.1.0"))

        first, second = ensure(widget(maker)), ensure(widget(maker))

        assert first == second
        assert maker.calls == ["widget-1"]

    def test_other_inputs_make_another_entry(self, ensure):
        old, new = FakeMaker(widget_maker("2.1.0")), FakeMaker(widget_maker("2.1.0"), name="new")

        tools = [ensure(widget(maker))["widget"] for maker in (old, new)]

        assert [tool.path.parent.parent.name for tool in tools] == ["widget-1", "new"]

    def test_a_maker_that_fails_is_followed_by_the_next(self, ensure):
        broken = FakeMaker(fail("no network"), name="widget-download", lane="download")

        tool = ensure(widget(broken, FakeMaker(widget_maker("2.1.0"))))["widget"]

        assert tool.source == "workshop, cached"


class TestFailure:
    def test_an_explicit_setting_that_is_not_there_is_an_error(self, ensure, tmp_path):
        maker = FakeMaker(widget_maker("2.1.0"))

        with pytest.raises(ConfigurationError, match=r"MAIDENHAIR_TOOL_WIDGET=.*/absent: .*unset"):
            ensure(widget(maker), widget=tmp_path / "absent")
        assert maker.calls == []

    def test_the_error_lists_every_source_in_order_and_why(self, ensure, path_folder, tmp_path):
        write_executable(path_folder / "widget", "1.9.0")
        makers = FakeMaker(fail("no network"), label="download"), FakeMaker(fail("no compiler"))

        with pytest.raises(ToolchainError) as raised:
            ensure(widget(*makers))

        assert str(raised.value).splitlines() == [
            "widget: no source could provide it; tried in this order:",
            "  - explicit setting: MAIDENHAIR_TOOL_WIDGET is not set",
            "  - KUBEBUILDER_ASSETS: not set",
            f"  - PATH: {path_folder}/widget is version 1.9.0; required: 2.0.0 or newer",
            f"  - cache: no widget-1 in {tmp_path}/cache",
            f"  - cache: no widget-1 in {tmp_path}/cache",
            "  - download: no network",
            "  - workshop: no compiler",
        ]

    def test_a_maker_that_lacks_something_is_not_tried(self, ensure, tmp_path):
        maker = FakeMaker(widget_maker("2.1.0"), lacks=Obstacle("no loom", "buy one"))

        with pytest.raises(ToolchainError, match="workshop: no loom; buy one"):
            ensure(widget(maker))
        assert maker.calls == []

    def test_a_failed_maker_leaves_no_entry(self, ensure, tmp_path):
        with pytest.raises(ToolchainError):
            ensure(widget(FakeMaker(fail("no compiler"))))

        assert [path.name for path in (tmp_path / "cache").iterdir() if path.is_dir()] == []

    def test_a_made_component_must_fit(self, ensure, tmp_path):
        with pytest.raises(
            ToolchainError, match=r"bin/widget is version 0\.0\.0; required: 2\.0\.0"
        ):
            ensure(widget(FakeMaker(widget_maker("0.0.0-master"))))

        assert not (tmp_path / "cache/widget-1").exists()

    def test_a_common_obstacle_is_reported_once(self, tmp_path, path_folder):
        output = io.StringIO()
        lacks = Obstacle("no road", "build one")
        components = [
            Component(
                name,
                (
                    FakeMaker(fail("never"), label="road", name=name, lacks=lacks),
                    FakeMaker(widget_maker("2.1.0"), name=f"{name}-made", component=name),
                ),
            )
            for name in ("left", "right")
        ]
        toolchain = Toolchain(Settings(), Progress(output), tmp_path / "cache", components)

        toolchain.ensure(["left", "right"])

        line = "road: no road; build one (next: workshop)"
        assert output.getvalue().splitlines().count(line) == 1

    def test_one_failure_does_not_lose_other_components(self, ensure, tmp_path):
        gadget = Component("gadget", (FakeMaker(fail("no"), name="gadget", component="gadget"),))

        with pytest.raises(ToolchainError, match=r"^gadget: no source"):
            ensure(gadget, widget(FakeMaker(widget_maker("2.1.0"))))

        assert (tmp_path / "cache/widget-1/bin/widget").is_file()

    def test_an_unknown_name_is_refused_with_the_known_ones(self, tmp_path):
        toolchain = Toolchain(Settings(), Progress(io.StringIO()), tmp_path, [widget()])

        with pytest.raises(ToolchainError, match="no component 'wigdet'; there are: widget"):
            toolchain.ensure(["wigdet"])


class TestParallel:
    def test_makers_of_different_lanes_overlap(self, ensure):
        meeting = threading.Barrier(2, timeout=300)  # passes only when both are there at once

        def meet(folder: Path) -> None:
            meeting.wait()
            (folder / "made").write_text("")

        made = ensure(
            *(
                Component(
                    name, (FakeMaker(meet, name=name, component=name, lane=name, place="made"),)
                )
                for name in ("left", "right")
            )
        )

        assert set(made) == {"left", "right"}

    def test_makers_of_one_lane_take_turns_in_the_order_of_need(self, ensure):
        order: list[str] = []
        second_began = threading.Event()

        def component(name: str, seconds: float) -> Component:
            def work(folder: Path) -> None:
                order.append(f"{name} begins")
                if name == "second":
                    second_began.set()
                # Leaves the other every chance to begin too early; nothing sets it when they take turns.
                second_began.wait(0.3)
                (folder / "made").write_text("")
                order.append(f"{name} ends")

            maker = FakeMaker(work, name=name, component=name, seconds=seconds, place="made")
            return Component(name, (maker,))

        ensure(component("first", 1), component("second", 100))

        assert order == ["first begins", "first ends", "second begins", "second ends"]

    def test_a_component_whose_first_maker_failed_keeps_its_place(self, ensure):
        order: list[str] = []
        second_waits = threading.Event()

        def make(name: str) -> Callable[[Path], None]:
            def work(folder: Path) -> None:
                order.append(name)
                if name == "first":
                    assert second_waits.wait(20)
                (folder / "made").write_text("")

            return work

        def component(name: str, *before: FakeMaker) -> Component:
            maker = FakeMaker(make(name), name=name, component=name, place="made")
            return Component(name, (*before, maker))

        def download(number: int, work: Callable[[Path], None]) -> FakeMaker:
            return FakeMaker(work, name=f"download-{number}", lane="download")

        # Failures are dealt with in turn. When the last download begins, the one before it has been dealt with, and so
        # the first one, the second component's, too.
        downloads = [download(number, fail("no network")) for number in range(3)]
        downloads.append(download(3, lambda _: second_waits.set()))

        ensure(
            component("first"),
            component("second", downloads[0]),
            component("third"),
            component("fourth", *downloads[1:]),
        )

        assert order[:3] == ["first", "second", "third"]

    def test_an_interrupt_terminates_the_programs_of_other_makers(self, ensure, tmp_path):
        number = tmp_path / "number"

        def sleep(folder: Path) -> None:
            run(["sh", "-c", f"echo $$ > {number}; exec sleep 3600"], seconds=3600)

        def interrupt(folder: Path) -> None:
            eventually(
                lambda: number.read_text() if number.exists() else "", ends_with("\n"), within=60
            )
            raise KeyboardInterrupt

        works = {"long": sleep, "short": interrupt}
        components = [
            Component(name, (FakeMaker(work, name=name, component=name, lane=name),))
            for name, work in works.items()
        ]

        with pytest.raises(KeyboardInterrupt):
            ensure(*components)

        assert not psutil.pid_exists(int(number.read_text()))

    def test_an_interrupt_terminates_programs_that_a_maker_starts_after_it(self, ensure, tmp_path):
        number = tmp_path / "number"

        def sleep_twice(folder: Path) -> None:
            with suppress(ToolchainError):
                run(["sh", "-c", f"echo $$ > {number}; exec sleep 3600"], seconds=3600)
            run(["sleep", "3600"], seconds=3600)

        def interrupt(folder: Path) -> None:
            eventually(number.exists, True, within=60)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            ensure(
                *(
                    Component(name, (FakeMaker(work, name=name, component=name, lane=name),))
                    for name, work in {"long": sleep_twice, "short": interrupt}.items()
                )
            )
