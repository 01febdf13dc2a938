import asyncio
import contextlib
import ctypes
import itertools
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

from behave import step
from notes import count, log

from maidenhair import defer_cleanup
from maidenhair.waiting import eventually


@step("it passes")
def passes(context):
    log(f"{context.scenario.name} passes")


@step("it fails")
def fails(context):
    raise AssertionError("as it should")


@step('it logs "{text}"')
def logs(context, text):
    log(text)


@step('it logs the run value of "{name}"')
def logs_value(context, name):
    log(f"value {context.run_value[name]}")


@step("it fails {times:d} times, then passes")
def fails_first(context, times):
    log(f"attempt with {sorted(vars(context)['_stack'][0])}")
    context.left_behind = True
    number = count(context.scenario.name.split(" (")[0])
    assert number > times, f"failure {number}"


@step("it passes {times:d} times, then fails")
def fails_later(context, times):
    assert count(context.scenario.name) <= times


@step("it waits {seconds:g} s")
def waits(context, seconds):
    log(f"{context.scenario.name} waits")
    time.sleep(seconds)
    log(f"{context.scenario.name} waited")


@step("it waits for what never comes")
def waits_for_nothing(context):
    looks = itertools.count()

    def sky():
        # From within the wait, whose description the run can report from here on.
        if next(looks) == 0:
            log(f"{context.scenario.name} waits")
        return "no moon"

    eventually(sky, "moon", within=600, described_as="the moon to rise")


@step("it waits and hears nothing")
def waits_deaf(context):
    log(f"{context.scenario.name} waits")
    while True:
        with contextlib.suppress(BaseException):
            time.sleep(600)


@step("it waits and lets nobody else run")
def waits_alone(context):
    log(f"{context.scenario.name} waits")
    # Keeps Python's lock, so that no thread of the process gets to run.
    ctypes.PyDLL(None).sleep(600)


@step("a child process is left behind")
def leaves_child(context):
    child = subprocess.Popen(["sleep", "600"])
    log(f"child {child.pid}")


@step("a thread is left behind")
def leaves_thread(context):
    threading.Thread(target=time.sleep, args=(600,), name="sleeper").start()


@step("it awaits what never comes")
async def awaits_for_nothing(context):
    log(f"{context.scenario.name} waits")
    await asyncio.sleep(600)


@step("its process is killed by {name}")
def is_killed(context, name):
    print("some last words")
    os.kill(os.getpid(), signal.Signals[name])
    time.sleep(600)


@step("its process exits")
def exits(context):
    raise SystemExit(0)


@step("it prints {number:d} bytes")
def prints(context, number):
    print("x" * number)


@step('a child process prints "{text}"')
def child_prints(context, text):
    subprocess.run(["echo", text], check=True)


@step("it attaches {number:d} bytes")
def attaches(context, number):
    context.attach("text/plain", b"x" * number)


@step("it attaches a view of bytes")
def attaches_view(context):
    context.attach("text/plain", memoryview(b"abc"))


@step('cleanup "{name}" is deferred')
def defers(context, name):
    defer_cleanup(context, log, f"cleanup {name}")


@step('cleanup "{name}" is deferred, which fails')
def defers_failing(context, name):
    def clean():
        log(f"cleanup {name}")
        raise OSError(f"{name} is dirty")

    defer_cleanup(context, clean)


@step('cleanup "{name}" is deferred, which waits {seconds:g} s')
def defers_waiting(context, name, seconds):
    def clean():
        log(f"cleanup {name} waits")
        time.sleep(seconds)
        log(f"cleanup {name}")

    defer_cleanup(context, clean)


@step('asynchronous cleanup "{name}" is deferred')
def defers_asynchronous(context, name):
    async def clean():
        await asyncio.sleep(0)
        log(f"cleanup {name}")

    context.add_cleanup(clean)


@step('it waits until "{line}" is logged')
def waits_for_log(context, line):
    log_file = Path(os.environ["SUITE_LOG"])
    eventually(lambda: line in log_file.read_text().splitlines(), True, within=60)
