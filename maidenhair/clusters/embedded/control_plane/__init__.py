"""The control plane of an embedded cluster: its components, their certificates and kubeconfigs, and its API server.

How its machine is made belongs to `machine`.
"""
