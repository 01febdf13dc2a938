"""Makes the reports of a run that its watchdog has to end.

The watchdog starts it as `python -m maidenhair.engine.recovery.recovered_run FOLDER REASON IN_STEP FD`: the run's
folder, the reason for its end, whether a step runs, and a file with the configuration. The run itself hangs meanwhile.
"""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path
from typing import Any

from behave.configuration import Configuration
from behave.formatter.base import StreamOpener

from maidenhair.engine.capture.outcomes import ElementState
from maidenhair.engine.execution.context import EngineContext
from maidenhair.engine.execution.formatter_gate import make_formatter
from maidenhair.engine.model import Config
from maidenhair.engine.planning.durations import read_durations
from maidenhair.engine.planning.history import load_history
from maidenhair.engine.planning.specs import Planned
from maidenhair.engine.publishing.published_plan import PublishedPlan
from maidenhair.engine.recovery.recorded_attempts import RecordedSpecs
from maidenhair.engine.replay.replay import Replay
from maidenhair.engine.replay.results import Results
from maidenhair.engine.runner import FAILED, Runner
from maidenhair.engine.wire import protocol
from maidenhair.engine.wire.packed_records import pickled
from maidenhair.engine.wire.records import SpecRecord
from maidenhair.events import EVENTS_FILE, read_events

STOPPED = "a spec before it did not stop at its time limit"


class RecoveredRun(Runner):
    """Reads features again, and shows to formatters with files and to reporters what the events of the run say.

    It loads neither hooks nor steps.

    Args:
        config: behave's configuration in the run.
        folder: the run's folder.
    """

    def __init__(self, config: Config, folder: Path) -> None:
        super().__init__(config, folder)
        self._recorded = RecordedSpecs(folder)
        self._recorded.take(read_events(folder / EVENTS_FILE))
        self._results = Results()

    def recover(self, reason: str, in_step: bool) -> None:
        """Write the reports and the closing lines, and complete the events.

        Args:
            reason: the reason for the end of the run.
            in_step: whether a step ran, and not a hook.
        """
        with self.path_manager:
            self.setup_paths()
            self.context = EngineContext(self, self.guard)
            self.parse()
            self.make_formatters()
            history = load_history(self.settings.history)
            durations = read_durations(self.settings.durations)
            selection, units = self._select(history, durations)
            plan = self._plan(selection, durations)
            self.publisher.resume(plan, self._recorded.results)
            self.aborted = self.is_replaying = True
            self.state.stop(STOPPED)
            self.state.summary.trouble(f"the run was killed, because {reason}")
            specs = [spec for unit in units for spec in unit.specs]
            for spec in specs:
                self._add(spec, plan, reason, in_step)
            self._results.drop(spec.id for spec in specs)
            replay = Replay(self, self.state, specs, self._results)
            replay.stop()
            while not replay.advance():
                pass
            self.close()
            self._save(history)
            self.publisher.end(FAILED, self.state.summary)

    def make_formatters(self) -> None:
        """Make the formatters that write files. What others have written stays as it is."""
        made = []
        for number, name in enumerate(self.config.format):
            outputs = self.config.outputs[number : number + 1]
            if outputs and outputs[0].name:
                formatter = make_formatter(name, outputs[0].name, outputs, self.config)
                self.gate.guard(formatter)
                made.append(formatter)
        self.formatters = made

    def _add(self, spec: Planned, plan: PublishedPlan, reason: str, in_step: bool) -> None:
        """Add the attempts of a spec to the results, if there are any."""
        spec_id, scenario = plan.ids[id(spec.scenario)], spec.scenario
        ended = self._recorded.results.get(spec_id)
        attempts = self._recorded.attempts.get(spec_id, [])
        count = len(list(scenario.all_steps))
        record: SpecRecord | None = None
        for attempt in attempts:
            if attempt.ended is not None:
                record = attempt.record(count, ended, self.state.folder)
            else:
                record = attempt.cut_off(count, reason, in_step)
                self._publish_cut_off(spec, record, attempt.steps)
            final = attempt is attempts[-1]
            self._results.add(spec.id, pickled(record), record, final)
            self.state.durations[spec.key] = record.seconds
        if record is not None and ended is None:
            self.publisher.end_spec(scenario, record.scenario)

    def _publish_cut_off(
        self, spec: Planned, record: SpecRecord, known: dict[int, ElementState]
    ) -> None:
        for number, state in enumerate(record.steps):
            if state is not None and number not in known and state.status != "skipped":
                self.publisher.end_step(spec.scenario, record.attempt, number, state)
        attempt, seconds = record.attempt, record.seconds
        self.publisher.end_attempt(spec.scenario, attempt, record.scenario, True, seconds)


def _configuration(values: dict[str, Any], outputs: list[str | None]) -> Config:
    config = protocol.restored(values)
    config.outputs = [
        StreamOpener(name) if name else StreamOpener(stream=sys.stdout) for name in outputs
    ]
    Configuration.setup_reporters(config)
    return config


def main() -> None:
    """Make the reports of the run that the command line names."""
    folder, reason, in_step, descriptor = sys.argv[1:]
    with os.fdopen(int(descriptor), "rb") as file:
        file.seek(0)
        modules, values, outputs = pickle.load(file)
    sys.path[:] = modules
    RecoveredRun(_configuration(values, outputs), Path(folder)).recover(reason, in_step == "1")


if __name__ == "__main__":
    main()
