from maidenhair import install_hooks

hooks = install_hooks(globals())
