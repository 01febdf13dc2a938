"""Facts about the objects of a Compute, as rows of a feature's table: the name of a fact and its value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hamcrest import has_entries
from hamcrest.core.base_matcher import BaseMatcher
from hamcrest.core.description import Description

from maidenhair.kube import Object
from maidenhair.systems.skytorch.api.operator_deployment import Operator
from maidenhair.systems.skytorch.api.server_pods import CONTAINER

THE_COMPUTE = "the namespace and the name of the Compute"
THE_OPERATOR = "the operator's"
NOBODY = "nobody"
OPERATOR_NAMESPACE = "skytorch-system"


def facts_of(obj: Object) -> dict[str, str]:
    """Return the facts about an object, by name.

    Args:
        obj: a Service, GRPCRoute, StatefulSet, Pod, PersistentVolumeClaim, or the operator's Deployment.

    Example:
        >>> claim = {"spec": {"resources": {"requests": {"storage": "1Gi"}}, "accessModes": ["ReadWriteOnce"]}}
        >>> facts_of({"kind": "PersistentVolumeClaim", "metadata": {}, **claim})["size"]
        '1Gi'
    """
    return _FACTS[obj["kind"]](obj)


def has_facts(facts: Mapping[str, str]) -> BaseMatcher[Object | None]:
    """Match an object that has these facts, among others. See `facts_of` for their names."""
    return _HasFacts(facts)


class _HasFacts(BaseMatcher[Object | None]):
    def __init__(self, facts: Mapping[str, str]) -> None:
        self._entries = has_entries(dict(facts))

    def _matches(self, item: Object | None) -> bool:
        return item is not None and self._entries.matches(facts_of(item))

    def describe_to(self, description: Description) -> None:
        description.append_description_of(self._entries)

    def describe_mismatch(self, item: Object | None, mismatch_description: Description) -> None:
        if item is None:
            mismatch_description.append_text("it did not exist")
        else:
            self._entries.describe_mismatch(facts_of(item), mismatch_description)


def _service(service: Object) -> dict[str, str]:
    spec = service["spec"]
    [port] = spec["ports"]
    return {
        **_owner(service),
        "type": spec["type"],
        "port": str(port["port"]),
        "name of the port": port["name"],
        "protocol": port.get("appProtocol", ""),
        "leads to the port": str(port["targetPort"]),
        **{f"picks pods by {label}": value for label, value in spec["selector"].items()},
    }


def _route(route: Object) -> dict[str, str]:
    metadata, spec = route["metadata"], route["spec"]
    [parent], [rule] = spec["parentRefs"], spec["rules"]
    [match], [backend] = rule["matches"], rule["backendRefs"]
    [header] = match["headers"]
    own = f"{metadata['namespace']}/{metadata['name']}"
    namespace = parent.get("namespace", metadata["namespace"])
    return {
        **_owner(route),
        "gateway": parent["name"],
        "namespace of the gateway": THE_OPERATOR if namespace == OPERATOR_NAMESPACE else namespace,
        "header": header["name"],
        "value of the header": THE_COMPUTE if header["value"] == own else header["value"],
        "compared": header.get("type", "Exact").lower(),
        "leads to the Service": backend["name"],
        "port of the Service": str(backend["port"]),
    }


def _stateful_set(stateful_set: Object) -> dict[str, str]:
    spec = stateful_set["spec"]
    pod = spec["template"]["spec"]
    [server] = [each for each in pod["containers"] if each["name"] == CONTAINER]
    [port] = server["ports"]
    labels = spec["template"]["metadata"].get("labels", {})
    return {
        **_owner(stateful_set),
        "pods": str(spec["replicas"]),
        "Service of its pods": spec["serviceName"],
        "starts its pods": "all at once"
        if spec.get("podManagementPolicy") == "Parallel"
        else "one by one",
        "container": server["name"],
        "image": server["image"],
        "port": str(port["containerPort"]),
        "name of the port": port["name"],
        **_probe(server["readinessProbe"]),
        **_volumes(pod, server),
        **_variables(server),
        **_resources(server),
        **{f"label of its pods {name}": value for name, value in labels.items()},
    }


def _pod(pod: Object) -> dict[str, str]:
    [server] = [each for each in pod["spec"]["containers"] if each["name"] == CONTAINER]
    return {"image": server["image"], **_variables(server), **_resources(server)}


def _owner(obj: Object) -> dict[str, str]:
    owners = obj["metadata"].get("ownerReferences", ())
    waiting = [each["name"] for each in owners if each.get("blockOwnerDeletion")]
    return {"owner that waits for its deletion": ", ".join(waiting) or NOBODY}


def _variables(server: Object) -> dict[str, str]:
    # If two variables have the same name, the last one counts.
    return {f"variable {each['name']}": each.get("value", "") for each in server.get("env", ())}


def _resources(server: Object) -> dict[str, str]:
    resources = server.get("resources", {})
    return {
        f"{what} {name}": amount
        for title, what in (("requests", "requested"), ("limits", "limit of"))
        for name, amount in resources.get(title, {}).items()
    }


def _probe(probe: Object) -> dict[str, str]:
    grpc = probe.get("grpc", {})
    return {
        "port of the gRPC probe": str(grpc.get("port", "")),
        "service of the gRPC probe": grpc.get("service", ""),
        "seconds before the first probe": str(probe.get("initialDelaySeconds", 0)),
        "seconds between probes": str(probe["periodSeconds"]),
        "time limit of a probe in seconds": str(probe["timeoutSeconds"]),
        "failed probes until not ready": str(probe["failureThreshold"]),
    }


def _volumes(pod: Object, server: Object) -> dict[str, str]:
    sources = {f"volume {each['name']}": _source(each) for each in pod.get("volumes", ())}
    mounts = {
        f"mount of {each['name']}": each["mountPath"] for each in server.get("volumeMounts", ())
    }
    return {**sources, **mounts}


def _source(volume: Object) -> str:
    if "persistentVolumeClaim" in volume:
        return f"of claim {volume['persistentVolumeClaim']['claimName']}"
    if "emptyDir" not in volume:
        return "another"
    return "in memory" if volume["emptyDir"].get("medium") == "Memory" else "empty"


def _claim(claim: Object) -> dict[str, str]:
    spec, metadata = claim["spec"], claim["metadata"]
    owners = [each["name"] for each in metadata.get("ownerReferences", ())]
    return {
        "size": spec["resources"]["requests"]["storage"],
        "access": ", ".join(spec["accessModes"]),
        "owner": ", ".join(owners) or NOBODY,
        "storage class": spec.get("storageClassName", ""),
        "phase": claim.get("status", {}).get("phase", ""),
    }


def _operator(deployment: Object) -> dict[str, str]:
    return Operator(deployment).facts


_FACTS: Mapping[str, Callable[[Any], dict[str, str]]] = {
    "Service": _service,
    "GRPCRoute": _route,
    "StatefulSet": _stateful_set,
    "Pod": _pod,
    "Deployment": _operator,
    "PersistentVolumeClaim": _claim,
}
