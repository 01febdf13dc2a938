"""A worker process: runs the units that it gets, and sends their results.

Started as `python -m maidenhair.engine.parallel.worker FD` with a socket to the run. It leads a session of its own, so
that a Ctrl-C in the terminal reaches the run alone, which then sends SIGINT on.
"""

from __future__ import annotations

import os
import pickle
import queue
import shutil
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection

from maidenhair.engine.execution.async_fixtures import asynchronous_fixtures
from maidenhair.engine.execution.time_limits import Guard
from maidenhair.engine.parallel import protocol
from maidenhair.engine.parallel.pool import ActivityFile
from maidenhair.engine.parallel.recorder import RawOutput, RecordedStream, Tail
from maidenhair.engine.parallel.records import Stream
from maidenhair.engine.parallel.unit_runner import UnitRunner, WorkerRunner


class Worker:
    """The main thread's work.

    Args:
        connection: to the run.
        setup: the first message of the run.
    """

    def __init__(self, connection: Connection, setup: protocol.Setup) -> None:
        self._connection = connection
        self._setup = setup
        self._sending = threading.Lock()
        self._inbox: queue.SimpleQueue[protocol.ToWorker] = queue.SimpleQueue()
        self._tail = Tail(setup.tail)
        self._guard = Guard(
            self._end_overdue,
            setup.settings.grace_period,
            ActivityFile(setup.activity).write,
        )
        config, raw = protocol.restored(setup.config), RawOutput(setup.raw)
        self._runner = WorkerRunner(config, setup.settings, self._guard, self._tail, raw)
        self._units = UnitRunner(self._runner, self._tail, self._send)
        self._orphaned = False

    def run(self) -> None:
        """Run the units that the run sends, until it ends the worker or is gone."""
        runner = self._runner
        sys.stdout = RecordedStream(self._writer("out"), sys.stdout)
        sys.stderr = RecordedStream(self._writer("err"), sys.stderr)
        signal.signal(signal.SIGINT, lambda *_: runner.interrupt())
        self._guard.install()
        threading.Thread(target=self._read, name="inbox", daemon=True).start()
        with runner.path_manager, asynchronous_fixtures():
            runner.setup_paths()
            runner.load()
            self._send(protocol.Loaded())
            runner.context._set_root_attribute("run_folder", self._setup.run_folder)
            value = pickle.loads(self._setup.run_value)
            if value is not None:
                runner.context._set_root_attribute("run_value", value)
            passed = bool(runner.run_hook("before_all"))
            self._send(protocol.Ready(runner.take_events(), passed))
            self._serve()
            self._end()

    def _serve(self) -> None:
        while True:
            message = self._inbox.get()
            if isinstance(message, protocol.RunUnit):
                self._units.run(message)
                self._send(protocol.UnitDone())
            elif isinstance(message, protocol.Leave):
                self._units.leave()
                self._send(protocol.UnitDone())
            else:
                return

    def _end(self) -> None:
        runner = self._runner
        self._units.leave()
        before = runner.hook_failures
        runner.run_hook_with_capture("after_all")
        passed = runner.hook_failures == before
        try:
            runner.context._do_remaining_cleanups()
        except Exception:  # the context has reported it by now
            passed = False
        runner.end_spec()
        self._send(protocol.Finished(runner.take_events(), passed))
        if self._orphaned:
            shutil.rmtree(self._setup.raw.parent, ignore_errors=True)

    def _writer(self, stream: Stream) -> Callable[[str], None]:
        def write(text: str) -> None:
            self._tail.write(text)
            self._runner.recorder.wrote(stream, text)

        return write

    def _end_overdue(self, reason: str) -> None:
        self._send(protocol.Overdue(reason))
        if self._orphaned:
            os.kill(os.getpid(), signal.SIGKILL)

    def _send(self, message: protocol.FromWorker) -> None:
        with self._sending, suppress(BrokenPipeError, ConnectionResetError):
            self._connection.send(message)

    def _read(self) -> None:
        """Receive the run's messages, in a thread of its own, so that questions are answered at once."""
        while True:
            try:
                message = self._connection.recv()
            except (EOFError, OSError):
                # The run is gone: clean up, and end.
                self._orphaned = True
                os.kill(os.getpid(), signal.SIGINT)
                self._inbox.put(protocol.Finish())
                return
            if isinstance(message, protocol.TellWhere):
                self._send(protocol.Where(self._guard.where()))
            else:
                self._inbox.put(message)


def main() -> None:
    """Work for the run at the other end of the socket that the command line names."""
    descriptor = int(sys.argv[1])
    os.set_inheritable(descriptor, False)
    connection: Connection = Connection(descriptor)
    setup: protocol.Setup = connection.recv()
    sys.path[:] = setup.modules
    try:
        Worker(connection, setup).run()
    except BaseException:  # the run has to know of anything
        with suppress(OSError):
            connection.send(protocol.Broken(traceback.format_exc()))
        sys.exit(1)


if __name__ == "__main__":
    main()
