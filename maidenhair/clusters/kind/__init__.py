"""kind clusters: the kind command creates nodes as containers of Docker or Podman.

Modules about processes and namespaces of this machine belong in `embedded`.
"""
