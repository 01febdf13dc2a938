"""behave's hooks of this project."""

from maidenhair import install_hooks

hooks = install_hooks(globals())
