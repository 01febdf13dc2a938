"""Cluster providers: they create, find and remove clusters behind the protocol `provider.Provider`.

`registry` chooses one of the providers `embedded`, `kind` and `existing`. `toolchain` provides the programs that a
cluster consists of, `images` the images of its own pods. Nothing here knows a system under test: systems add
components, images and mounts through `extensions`.
"""
