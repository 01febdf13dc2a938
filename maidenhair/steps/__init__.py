"""Phrases for any Kubernetes object, for the steps of every suite.

What belongs here: steps that need a cluster, a kind and a name, and know no system under test. A kind is written as
Kubernetes spells it, for example `StatefulSet "web"`; only pods are written `pod "web-0"`. A name may name a namespace
too, for example `Deployment "kube-system/coredns"`. Phrases of a system under test, such as those about Computes, do
not belong here.

A suite loads the phrases with `import maidenhair.steps` in a module of its `steps` folder. They use the client and the
namespace of `context.spec`.
"""

from maidenhair.steps import (
    accounts,
    answers,
    kubectl,
    metadata,
    namespaces,
    objects,
    pods,
    status,
    waits,
)

__all__ = [
    "accounts",
    "answers",
    "kubectl",
    "metadata",
    "namespaces",
    "objects",
    "pods",
    "status",
    "waits",
]
