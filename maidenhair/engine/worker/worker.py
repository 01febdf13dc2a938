"""A worker process: runs the units that it gets, and sends their results.

Started as `python -m maidenhair.engine.worker.worker FD FOLDER RUN_FOLDER` with a socket to the run, the folder of the
workers' files, and the run's folder. It leads a session of its own, so that a Ctrl-C in the terminal reaches the run
alone, which then sends SIGINT on.
"""

from __future__ import annotations

import gc
import os
import pickle
import queue
import shutil
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from maidenhair.engine.capture.capped_capture import capped_capture
from maidenhair.engine.capture.fast_behave import fast_behave
from maidenhair.engine.capture.tracebacks import hook_errors_without_engine
from maidenhair.engine.execution.async_fixtures import asynchronous_fixtures
from maidenhair.engine.limits.time_limits import Guard
from maidenhair.engine.limits.watchdog_process import LEAVING
from maidenhair.engine.replay.added import added_reporters
from maidenhair.engine.wire import protocol
from maidenhair.engine.wire.channel import Channel
from maidenhair.engine.wire.records import Stream
from maidenhair.engine.wire.worker_files import ActivityFile
from maidenhair.engine.worker.allure_calls import record_allure_calls
from maidenhair.engine.worker.process_output import RawOutput, Tail
from maidenhair.engine.worker.recorder import RecordedStream
from maidenhair.engine.worker.unit_runner import UnitRunner, WorkerRunner


class Worker:
    """The main thread's work.

    Args:
        channel: to the run.
        setup: the first message of the run.
        messages: those that came with it.
    """

    def __init__(
        self, channel: Channel, setup: protocol.Setup, messages: Sequence[protocol.ToWorker]
    ) -> None:
        self._channel = channel
        self._setup = setup
        self._sending = threading.Lock()
        self._inbox: queue.SimpleQueue[protocol.ToWorker] = queue.SimpleQueue()
        self._tail = Tail(setup.tail)
        self._guard = Guard(
            self._end_overdue,
            setup.limits.grace_period,
            ActivityFile(setup.activity).write,
        )
        config, raw = protocol.restored(pickle.loads(setup.config)), RawOutput(setup.raw)
        self._runner = WorkerRunner(
            *(config, setup.limits, self._guard, setup.run_folder),
            *(self._tail, raw, setup.formatters),
            on_stop=lambda reason: self._send(protocol.Aborted(reason)),
        )
        self._units = UnitRunner(self._runner, self._tail, self._send, setup.folder)
        self._began = self._orphaned = False
        self._run = os.getppid()
        self._take(messages)

    def run(self) -> None:
        """Run the units that the run sends, until it ends the worker or is gone."""
        runner = self._runner
        sys.stdout = RecordedStream(self._writer("out"), sys.stdout)
        sys.stderr = RecordedStream(self._writer("err"), sys.stderr)
        signal.signal(signal.SIGINT, lambda *_: runner.interrupt())
        self._guard.install()
        threading.Thread(target=self._read, name="inbox", daemon=True).start()
        with (
            runner.path_manager,
            asynchronous_fixtures(),
            fast_behave(),
            hook_errors_without_engine(),
            capped_capture(runner.outputs, self._tail.write),
        ):
            runner.setup_paths()
            record_allure_calls(self._setup.formatters, runner.recorder.add)
            runner.load()
            # The modules stay, so that the collection of garbage need not look at them again and again.
            gc.freeze()
            self._send(protocol.Loaded())
            runner.context._set_root_attribute("run_folder", self._setup.run_folder)
            value = pickle.loads(self._setup.run_value)
            if value is not None:
                runner.context._set_root_attribute("run_value", value)
            # Another worker may have ended the run by now; without before_all there is no after_all.
            self._began = not runner.aborted
            passed = not self._began or bool(runner.run_hook("before_all"))
            self._began = self._began and runner.has_begun
            reporters, problems = added_reporters(runner)
            self._send(protocol.Ready(runner.take_events(), passed, reporters, problems))
            self._serve()
            self._end()

    def _serve(self) -> None:
        while True:
            if self._inbox.empty():
                self._units.flush()
            message = self._inbox.get()
            if isinstance(message, protocol.RunUnit):
                self._units.run(message)
            elif isinstance(message, protocol.Leave):
                self._units.leave()
            else:
                return

    def _end(self) -> None:
        runner = self._runner
        self._units.leave()
        self._units.flush()
        # The hook after_all may remove what the checks use.
        runner.held.wait()
        before = runner.hook_failures
        if self._began:
            runner.run_hook_with_capture("after_all")
        passed = runner.hook_failures == before
        try:
            runner.context._do_remaining_cleanups()
        except Exception:  # the context has reported it by now
            passed = False
        runner.end_spec()
        main = threading.main_thread()
        left = [each.name for each in threading.enumerate() if each is not main and not each.daemon]
        self._send(protocol.Finished(runner.take_events(), passed, left))
        if self._orphaned and os.getppid() != self._run:
            shutil.rmtree(self._setup.raw.parent, ignore_errors=True)

    def _writer(self, stream: Stream) -> Callable[[str], None]:
        def write(text: str) -> None:
            self._runner.recorder.wrote(stream, text)

        return write

    def _end_overdue(self, reason: str) -> None:
        self._send(protocol.Overdue(reason))
        if self._orphaned:
            os.kill(os.getpid(), signal.SIGKILL)

    def _send(self, *messages: protocol.FromWorker) -> None:
        try:
            with self._sending:
                self._channel.send(*messages)
        except OSError:
            self._leave()

    def _leave(self) -> None:
        """Clean up and end, because the run is gone, or because the suite closed the connection to it."""
        if not self._orphaned:
            self._orphaned = True
            # Without /proc there is nobody who looks for the name.
            with suppress(OSError):
                Path("/proc/self/comm").write_text(LEAVING)
            os.kill(os.getpid(), signal.SIGINT)
            self._inbox.put(protocol.Finish())

    def _read(self) -> None:
        """Receive the run's messages, in a thread of its own, so that questions are answered at once."""
        while True:
            try:
                messages = self._channel.wait_for()
            except (EOFError, OSError):
                self._leave()
                return
            self._take(messages)

    def _take(self, messages: Sequence[protocol.ToWorker]) -> None:
        for message in messages:
            if isinstance(message, protocol.TellWhere):
                self._send(protocol.Where(self._guard.where()))
            elif isinstance(message, protocol.Stop):
                self._units.stopped = True
            else:
                self._inbox.put(message)


def main() -> None:
    """Work for the run at the other end of the socket that the command line names."""
    descriptor, folder = int(sys.argv[1]), sys.argv[2]
    os.set_inheritable(descriptor, False)
    channel = Channel(socket.socket(fileno=descriptor))
    try:
        setup, *messages = channel.wait_for()
    except (EOFError, OSError):
        # The run was killed while it planned.
        shutil.rmtree(folder, ignore_errors=True)
        return
    sys.path[:] = setup.modules
    try:
        Worker(channel, setup, messages).run()
    except BaseException:  # the run has to know of anything
        with suppress(OSError):
            channel.send(protocol.Broken(traceback.format_exc()))
        sys.exit(1)


if __name__ == "__main__":
    main()
