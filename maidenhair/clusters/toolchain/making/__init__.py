"""Making missing components: in which order, and how long the rest may take.

What a maker does belongs beside the other makers. Finding and keeping an entry belongs in
`maidenhair.clusters.toolchain.cache`.
"""
