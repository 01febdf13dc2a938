"""The engine's reporters in place of behave's."""

from __future__ import annotations

from behave.reporter.summary import SummaryReporter

from maidenhair.engine.model import Config


def replace_reporters(config: Config) -> None:
    """Have behave's JUnit reporter write well-formed XML, and leave out its summary, which the closing lines replace.

    Args:
        config: behave's configuration, which has the reporters.
    """
    config.reporters[:] = [each for each in config.reporters if type(each) is not SummaryReporter]
    if config.junit:
        # Imported here, because behave's module changes how Python writes XML.
        from maidenhair.engine.output.junit import replace_junit_reporter

        for reporter in config.reporters:
            replace_junit_reporter(reporter)
