"""A node of an embedded cluster: what runs on it, how it starts, and how it gets images.

How its machine is made belongs to `machine`; stopping and pausing nodes belongs to `faults`.
"""
