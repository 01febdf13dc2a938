"""The entries of the cache as `maidenhair cache` shows, removes and moves them.

Finding and making an entry belongs in `maidenhair.clusters.toolchain.cache`.
"""
