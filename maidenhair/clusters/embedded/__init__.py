"""Embedded clusters: Kubernetes as processes of this machine in Linux namespaces, without a container engine.

The provider and the modules about a whole cluster are here. `machine`, `control_plane` and `node` are about its parts.
A module that kind clusters use too belongs in the folder above.
"""
