"""One thin layer on the Kubernetes API: apply, watch, explain, own, diagnose."""

from maidenhair.kube.client import Kube
from maidenhair.kube.objects import Object
from maidenhair.kube.transport import EventStream

__all__ = ["EventStream", "Kube", "Object"]
