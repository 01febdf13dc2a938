"""Phrases for any Kubernetes object, for the steps of every suite.

A suite loads them with `import maidenhair.steps` in a module of its `steps` folder. They use the client and the
namespace of `context.spec`. Phrases of a system under test, such as those about Computes, do not belong here.
"""

from maidenhair.steps import namespaces, objects, pods

__all__ = ["namespaces", "objects", "pods"]
