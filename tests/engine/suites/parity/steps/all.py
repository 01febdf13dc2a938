import asyncio
import logging

from behave import step
from behave.api.pending_step import StepNotImplementedError


@step("it passes")
def passes(context):
    print("passing")


@step('it passes with "{text}"')
@step("it passes with {number:d}")
def passes_with(context, text=None, number=None):
    assert text or number


@step("it fails")
def fails(context):
    raise AssertionError("as it\nshould")


@step('it prints "{text}" and breaks')
def breaks(context, text):
    print(text)
    raise KeyError("broken")


@step("it is pending")
def pending(context):
    raise StepNotImplementedError("later")


@step("it skips the scenario")
def skips(context):
    context.scenario.skip("enough")


@step("a cleanup fails")
def failing_cleanup(context):
    def clean():
        raise OSError("still dirty")

    context.add_cleanup(clean)


@step('it attaches "{text}"')
def attaches(context, text):
    context.attach("text/plain", text.encode())


@step("it runs steps")
def runs_steps(context):
    context.execute_steps("Given it passes\nWhen it passes with 3")


@step("it awaits")
async def awaits(context):
    await asyncio.sleep(0.001)


@step('it logs "{text}"')
def logs(context, text):
    logging.getLogger("suite").warning(text)
