"""The machines of an embedded cluster: supervised processes with their own namespaces, cgroups and network links.

The programs that run on a machine belong in `control_plane` and `node`.
"""
