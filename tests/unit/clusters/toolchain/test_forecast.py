"""The text of progress lines about the time left and about what follows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from maidenhair.clusters.toolchain.making.forecast import FILE, Forecast, Reached, rounded
from maidenhair.errors import ToolchainError


@dataclass(frozen=True)
class Build:
    """A maker as far as forecasts need it."""

    action: str
    lane: str = "go"
    is_readable: bool = True

    def entry(self) -> str:
        if not self.is_readable:
            raise ToolchainError("unreadable")
        return self.action


FIRST = Build("Building Widgets 1.2")
SECOND = Build("Building Gadgets 3.4")
THIRD = Build("Building Gears 5.6")


@pytest.fixture
def forecast(tmp_path: Path) -> Forecast:
    return Forecast(tmp_path)


@pytest.mark.parametrize(
    ("done", "total", "seconds", "text"),
    [
        (1200, 2850, 60, "1200 of 2850 packages, about 80 s left"),
        (300, 2850, 60, "300 of 2850 packages, about 8 min left"),
        # The first packages say nothing about the others.
        (100, 2850, 10, "100 of 2850 packages"),
        (2850, 2850, 200, "2850 of 2850 packages, linking"),
        (0, 0, 5, "0 of 0 packages, linking"),
    ],
)
def test_the_time_left_follows_from_the_compiled_packages(
    forecast: Forecast, done: int, total: int, seconds: float, text: str
) -> None:
    assert forecast.describe(FIRST, Reached(done, total, seconds)) == text


def test_without_any_knowledge_nothing_is_said(forecast: Forecast) -> None:
    assert forecast.describe(FIRST, None) == ""


def test_what_was_not_begun_takes_as_long_as_last_time(forecast: Forecast) -> None:
    for position, maker in enumerate((FIRST, SECOND, THIRD)):
        forecast.expect(position, maker)
    forecast.begin(FIRST.entry())
    text = "next: building Gadgets 3.4 and 1 more"

    assert forecast.describe(FIRST, None) == text
    forecast.end(Build("Building Gadgets 3.3"), 50)
    # The sum without one of them would say too little.
    assert forecast.describe(FIRST, None) == text
    forecast.end(Build("Building Gears 5.5"), 20)
    assert forecast.describe(FIRST, None) == f"{text}, about 70 s"
    forecast.begin(SECOND.entry())
    assert forecast.describe(SECOND, None) == "50 s last time; next: building Gears 5.6, about 20 s"


def test_the_order_of_need_counts(forecast: Forecast) -> None:
    forecast.expect(5, THIRD)
    forecast.expect(3, SECOND)
    forecast.expect(4, Build("Downloading Wheels 1", lane="release"))

    assert forecast.describe(FIRST, None) == "next: building Gadgets 3.4 and 1 more"


def test_components_of_one_entry_count_once_and_never_again(forecast: Forecast) -> None:
    forecast.expect(1, SECOND)
    forecast.expect(2, SECOND)
    assert forecast.describe(FIRST, None) == "next: building Gadgets 3.4"
    forecast.begin(SECOND.entry())
    forecast.expect(3, SECOND)
    assert forecast.describe(FIRST, None) == ""


def test_durations_outlive_the_process_and_the_version(tmp_path: Path) -> None:
    Forecast(tmp_path).end(FIRST, 100)
    Forecast(tmp_path).end(SECOND, 50)

    assert Forecast(tmp_path).describe(Build("Building Widgets 2.0"), None) == "2 min last time"
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize("content", ["", "[]", "{"])
def test_a_broken_file_of_durations_is_ignored_and_replaced(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    forecast = Forecast(tmp_path)

    assert forecast.describe(FIRST, None) == ""
    forecast.end(FIRST, 30)
    assert forecast.describe(FIRST, None) == "30 s last time"


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    Forecast(tmp_path / "absent").end(FIRST, 30)


def test_an_input_that_cannot_be_read_is_left_to_its_maker(forecast: Forecast) -> None:
    forecast.expect(1, Build("Building Nothing", is_readable=False))

    assert forecast.describe(FIRST, None) == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "10 s"), (14, "10 s"), (88, "90 s"), (90, "2 min"), (190, "3 min")]
)
def test_durations_have_no_false_precision(seconds: float, text: str) -> None:
    assert rounded(seconds) == text
