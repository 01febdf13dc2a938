"""What a project's `environment.py`, and the steps beside it, call."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

from maidenhair.engine.execution.time_limits import awaited
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
"""The hooks that the framework has; behave's others are the project's alone."""


def install_hooks(module: MutableMapping[str, Any], hooks: Hooks | None = None) -> Hooks:
    """Define the framework's hooks in an `environment.py`, and return them.

    A project's own hook of the same name is defined after that, and calls the framework's: first in `before_` hooks,
    last in `after_` hooks, because what a spec or a run has is there only between the two. The framework's
    `before_scenario` gives no `context.spec` to a scenario that the cluster cannot run, and skips it.

    Args:
        module: the `globals()` of the `environment.py`.
        hooks: hooks to use instead of `Hooks()`.

    Raises:
        ConfigurationError: the module has a hook already, which would be replaced.

    Example:
        The whole of an `environment.py` is an import and a line:

        >>> from maidenhair import install_hooks
        >>> hooks = install_hooks(globals())
        >>> callable(before_all) and callable(after_scenario)
        True

        A hook of the project's own comes after them:

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


def defer_cleanup(context: Any, action: Callable[..., object], *args: Any, **options: Any) -> None:
    """Call an action when the spec ends, with these arguments; in a hook around features, when those end.

    The action deferred last runs first, and each runs whatever becomes of the others. An error of one fails the spec.
    What the framework made for the spec before, such as its namespace, is still there. Nothing is called for a spec
    that is kept because it failed (the setting `keep_on_failure`).

    Args:
        context: behave's context, as the step or the hook got it.
        action: a function, which may be asynchronous.
        args: its arguments.
        options: its keyword arguments.

    Example:
        >>> def create_widget(context, name):
        ...     print("create", name)
        ...     defer_cleanup(context, print, "remove", name)
        >>> create_widget(context, "blue"), create_widget(context, "red")
        create blue
        create red
        (None, None)
        >>> end_of_spec()
        remove red
        remove blue
    """

    def cleanup() -> object:
        return awaited(action(*args, **options))

    name = getattr(action, "__name__", None) or repr(action)
    if "spec" in context:
        context.spec.defer(f"run the cleanup {name}", cleanup)
    else:
        cleanup.__name__ = name
        context.add_cleanup(cleanup)
