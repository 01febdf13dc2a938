"""One thin layer on the Kubernetes API: apply, watch, explain, own, diagnose."""

from maidenhair.kube.client import EventStream, Kube
from maidenhair.kube.manifests import Object

__all__ = ["EventStream", "Kube", "Object"]
