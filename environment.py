"""behave's hooks, which are in the package."""

from maidenhair.suite.hooks import Hooks

hooks = Hooks()

before_run = hooks.before_run
before_all = hooks.before_all
before_scenario = hooks.before_scenario
after_scenario = hooks.after_scenario
after_all = hooks.after_all
after_run = hooks.after_run
