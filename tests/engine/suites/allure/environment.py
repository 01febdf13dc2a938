"""Hooks that call allure."""

from pathlib import Path

import allure


def before_scenario(context, scenario):
    context.folder = Path("files")
    context.folder.mkdir(exist_ok=True)
    if scenario.name == "describes":
        allure.dynamic.description("a description of a hook")
        with allure.step("a step of a hook"):
            pass


def after_scenario(context, scenario):
    if scenario.name == "attaches":
        allure.attach("of a hook", "after", allure.attachment_type.TEXT)
