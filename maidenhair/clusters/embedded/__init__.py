"""Clusters without a container engine: Kubernetes as processes of this machine, in namespaces of their own.

Here are the provider and what concerns a cluster as a whole; `machine`, `control_plane` and `node` hold its parts. What
kind clusters need too belongs to the folder above.
"""
