import os
import time
from pathlib import Path

from behave import step
from fault import meet


@step("a resource is made")
def makes(context):
    path = Path(os.environ["SUITE_RESOURCES"]) / context.scenario.name
    path.touch()

    def remove():
        # Removing a file takes no space on the disk.
        path.unlink()
        meet(f"cleanup {context.scenario.name}")

    context.add_cleanup(remove)


@step("it works")
def works(context):
    meet(f"step {context.scenario.name}")
    time.sleep(0.01)
