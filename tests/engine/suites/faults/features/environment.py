"""Hooks that meet the fault of `fault.json` at its place."""

from fault import meet


def before_all(context):
    meet("before_all")


def after_all(context):
    meet("after_all")


def before_feature(context, feature):
    meet(f"before_feature {feature.name}")


def after_feature(context, feature):
    meet(f"after_feature {feature.name}")


def before_scenario(context, scenario):
    meet(f"before_scenario {scenario.name}")


def after_scenario(context, scenario):
    meet(f"after_scenario {scenario.name}")


def before_step(context, step):
    meet(f"before_step {context.scenario.name} {step.line}")


def after_step(context, step):
    meet(f"after_step {context.scenario.name} {step.line}")
