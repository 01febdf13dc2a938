"""The control plane of an embedded cluster: its components, certificates and kubeconfigs, and waits for its API.

Namespaces and processes belong in `machine`.
"""
