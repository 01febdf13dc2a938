"""Clusters in containers of Docker or Podman, made by the kind command.

The nodes of such a cluster are containers; nothing here makes processes or namespaces of its own.
"""
