"""Clusters: what makes, finds and removes them, behind the protocol `provider.Provider`.

`registry` chooses among the providers `embedded`, `kind` and `existing`. `toolchain` provides the programs that
clusters are made of, `images` the images of their pods. Nothing here knows a system under test: systems add
components, images and mounts through `extensions`.
"""
