"""The function that a project calls in its `environment.py`."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from maidenhair.errors import ConfigurationError
from maidenhair.suite.hooks import Hooks

HOOKS = (
    "before_run",
    "before_all",
    "before_scenario",
    "after_scenario",
    "after_all",
    "after_run",
)
"""The hooks that the framework defines."""


def install_hooks(module: MutableMapping[str, Any], hooks: Hooks | None = None) -> Hooks:
    """Define the framework's hooks in an `environment.py`, and return them.

    To add a hook of your own, define it afterwards and call the framework's hook in it: first in `before_` hooks, last
    in `after_` hooks. `context.spec` exists only between the two. A skipped scenario has no `context.spec`.

    Args:
        module: the `globals()` of the `environment.py`.
        hooks: hooks to use instead of `Hooks()`.

    Raises:
        ConfigurationError: the module already defines a hook, which would be replaced.

    Example:
        An `environment.py` needs only these lines:

        >>> from maidenhair import install_hooks
        >>> hooks = install_hooks(globals())
        >>> callable(before_all) and callable(after_scenario)
        True

        Define your own hooks after them:

        >>> def before_scenario(context, scenario):
        ...     hooks.before_scenario(context, scenario)
        ...     if "spec" in context:
        ...         context.colours = []
    """
    for name in HOOKS:
        if name in module:
            raise ConfigurationError(
                f"{module.get('__file__', 'environment.py')} defines {name} before the line with install_hooks, which "
                f"would replace it; define {name} after that line, and call hooks.{name} in it"
            )
    hooks = hooks or Hooks()
    module.update({name: getattr(hooks, name) for name in HOOKS})
    return hooks
