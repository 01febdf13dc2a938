"""Hooks that trace their calls, and do what `hooks.json` says."""

import json
from pathlib import Path

from actions import act, trace
from recorders import TraceReporter

HOOKS = json.loads(Path("hooks.json").read_text())


def run_actions(context, hook, key, element=None):
    for action, argument in HOOKS.get(hook, {}).get(key, ()):
        act(context, action, argument, element)


def word(element):
    """Return the first word of a name, which hooks do not change."""
    return (element.name.split() or [""])[0]


def before_all(context):
    trace(context, "before_all")
    context.from_before_all = "from before_all"
    if HOOKS["reporter"]:
        context.config.reporters.append(TraceReporter(context.config))
    run_actions(context, "before_all", "run")


def after_all(context):
    trace(context, "after_all")
    run_actions(context, "after_all", "run")


def before_feature(context, feature):
    trace(context, f"before_feature {feature.name} {sorted(context.tags)}")
    run_actions(context, "before_feature", word(feature), feature)


def after_feature(context, feature):
    trace(context, f"after_feature {feature.name}")
    run_actions(context, "after_feature", word(feature), feature)


def before_rule(context, rule):
    trace(context, f"before_rule {rule.name} {sorted(context.tags)}")
    run_actions(context, "before_rule", word(rule), rule)


def after_rule(context, rule):
    trace(context, f"after_rule {rule.name}")
    run_actions(context, "after_rule", word(rule), rule)


def before_tag(context, tag):
    trace(context, f"before_tag {tag}")
    run_actions(context, "before_tag", tag)


def after_tag(context, tag):
    trace(context, f"after_tag {tag}")
    run_actions(context, "after_tag", tag)


def before_scenario(context, scenario):
    row = context.active_outline
    trace(
        context,
        f"before_scenario {scenario.name} {sorted(context.tags)} {context.from_before_all}",
        row=None if row is None else row.as_dict(),
        steps=[f"{step.keyword} {step.name}" for step in scenario.all_steps],
        status=scenario.status.name,
    )
    run_actions(context, "before_scenario", word(scenario), scenario)


def after_scenario(context, scenario):
    statuses = [step.status.name for step in scenario.all_steps]
    trace(context, f"after_scenario {scenario.name} {scenario.status.name} {statuses}")
    run_actions(context, "after_scenario", word(scenario), scenario)


def before_step(context, step):
    trace(context, f"before_step {step.keyword} {step.name}")
    run_actions(context, "before_step", place_of(context, step), step)


def after_step(context, step):
    trace(
        context, f"after_step {step.name} {step.status.name}", error=type(step.exception).__name__
    )
    run_actions(context, "after_step", place_of(context, step), step)


def place_of(context, step):
    """Return the first word of the scenario and the number of the step in it."""
    numbers = [number for number, each in enumerate(context.scenario.all_steps) if each is step]
    return f"{word(context.scenario)}#{numbers[0] if numbers else 'inner'}"
