"""A machine of an embedded cluster: a supervised set of processes with namespaces, cgroups and links of its own.

What runs on a machine does not belong here: see `control_plane` and `node`.
"""
