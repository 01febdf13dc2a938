"""behave's JUnit report as well-formed XML, whatever specs print."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from behave.model_type import Status
from behave.reporter.junit import ElementTreeWithCDATA, FeatureReportData, JUnitReporter

from maidenhair.engine.model import Feature, Scenario
from maidenhair.engine.text import escape


class SafeJUnitReporter(JUnitReporter):  # type: ignore[misc]
    """behave's reporter, with characters that XML does not allow escaped, such as `\\x1b`.

    Times have three digits after the point, as the schema of JUnit reports demands.
    """

    def feature(self, feature: Feature) -> None:
        """Write the report of a feature."""
        if feature.status == Status.skipped and not self.show_skipped:
            return
        self._summary_collector.visit_feature(feature)
        name = self.make_feature_filename(feature)
        report = FeatureReportData(feature, name)
        self._process_run_items_for(feature, report)
        suite = ElementTree.Element("testsuite", self._attributes(feature, report))
        suite.extend(report.testcases)
        for element in suite.iter():
            _escape(element)
        folder = Path(self.config.junit_directory)
        folder.mkdir(parents=True, exist_ok=True)
        # The name of the file is that of the feature's, which the file system has accepted.
        with (folder / f"TESTS-{name}.xml").open("wb") as file:
            ElementTreeWithCDATA(suite).write(file, "UTF-8")

    def _process_scenario(self, scenario: Scenario, report: Any) -> None:
        """Add a scenario, and the reason why it did not run, or failed as expected.

        As in pytest's reports, an expected failure is a skipped test case.
        """
        super()._process_scenario(scenario, report)
        if scenario.status == Status.xfailed:
            report.counts_skipped += 1
            reason = {"type": "xfail", "message": scenario.skip_reason or ""}
            report.testcases[-1].insert(0, ElementTree.Element("skipped", reason))
        if scenario.status == Status.untested and scenario.skip_reason:
            for skipped in report.testcases[-1].iter("skipped"):
                skipped.set("message", scenario.skip_reason)

    def _attributes(self, feature: Feature, report: Any) -> dict[str, str]:
        attributes = {
            "name": f"{report.classname}.{feature.name or report.filename}",
            "tests": str(report.counts_tests),
            "errors": str(report.counts_errors),
            "failures": str(report.counts_failed),
            "skipped": str(report.counts_skipped),
            "time": str(_seconds_of(feature)),
        }
        if self.show_timestamp:
            attributes["timestamp"] = (
                datetime.now(UTC).astimezone().replace(tzinfo=None).isoformat()
            )
        if self.show_hostname:
            attributes["hostname"] = socket.gethostname()
        return attributes


def replace_junit_reporter(reporter: object) -> None:
    """Have a JUnit reporter of behave's write well-formed XML."""
    # Subclasses are not behave's, and may write other files.
    if type(reporter) is JUnitReporter:
        reporter.__class__ = SafeJUnitReporter


def _escape(element: ElementTree.Element) -> None:
    for name, value in element.attrib.items():
        element.set(name, f"{float(value):.3f}" if name == "time" else escape(value))
    if element.text:
        element.text = escape(element.text)


def _seconds_of(feature: Feature) -> float:
    seconds: float = getattr(feature, "duration", 0.0)
    return seconds
