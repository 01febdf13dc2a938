"""The nodes of an embedded cluster: their components and configuration, their start, and their images.

Namespaces and processes belong in `machine`; stopping and pausing nodes belongs in `faults`.
"""
