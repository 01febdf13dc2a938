"""How the webhook completes a container's request for devices, vendor by vendor."""

from __future__ import annotations

from hami_scheduler.constraints import OFFLINE, ONLINE, SOFT
from hami_scheduler.requests import Object, requested, size_of, whole_number
from hami_scheduler.vendors import DRS, Vendor

PRIORITY, PRIORITY_VARIABLE = "nvidia.com/priority", "CUDA_TASK_PRIORITY"
NAME_VARIABLE = "SOL_CONTINER_NAME"
NUMBER = "mthreads.com/request-gpu-num"
QUALITIES = ("best-effort", "fixed-share", "burst-share")
ALL = 100


class RequestError(Exception):
    """A request for devices cannot be met on any node."""


def complete(container: Object, vendor: Vendor, pod: Object) -> bool:
    """Complete a container's request for a vendor's devices in place; return whether there is a request.

    Args:
        container: the container, which is changed.
        vendor: the vendor.
        pod: the pod, whose annotations may be changed.

    Raises:
        RequestError: the request is malformed.
    """
    if vendor.implied_count:
        return _nvidia(container, vendor)
    if vendor.format == DRS:
        return _parts(container, vendor)
    if vendor.cores_are_mask:
        return _units(container, vendor)
    if vendor.cores_of_device:
        return _percent(container, vendor)
    count = requested(container, vendor.count, limits_only=not vendor.totals)
    if count is None:
        return False
    if vendor.totals:
        _totals(container, vendor, pod, count)
    if vendor.per_module:
        count = _modules(container, vendor, count)
    if vendor.templates:
        _template(container, vendor, pod, count)
    if vendor.memory_sizes and (memory := requested(container, vendor.memory)):
        _set(container, vendor.memory, size_of(vendor, memory))
    if vendor.quality:
        _quality(vendor, pod, count)
    if vendor.keeps_handshake:
        _named(container, vendor, count)
    return True


def _nvidia(container: Object, vendor: Vendor) -> bool:
    limits = _limits(container)
    percentage = requested(container, vendor.percentage)
    if vendor.percentage in _all(container) and (percentage is None or not 0 <= percentage <= ALL):
        raise RequestError(
            f"container {container.get('name', '')}: {vendor.percentage} must be between 0 and 100"
        )
    if PRIORITY in limits:
        _add_variable(container, PRIORITY_VARIABLE, str(whole_number(limits[PRIORITY])))
    shares = (vendor.memory, vendor.percentage, vendor.cores)
    if vendor.count not in limits and any(name in limits for name in shares):
        limits[vendor.count] = "1"
    if vendor.count not in _all(container):
        return False
    is_whole = percentage == ALL if percentage is not None else vendor.memory not in _all(container)
    if is_whole and vendor.cores not in _all(container):
        _set(container, vendor.cores, ALL, requests=False)
    return True


def _parts(container: Object, vendor: Vendor) -> bool:
    every = _all(container)
    if vendor.count in every:
        if (requested(container, vendor.count) or 0) <= 0:
            raise RequestError(f"{vendor.count} must be greater than 0")
        _copy(container, vendor.count)
        return True
    if vendor.memory in every and (requested(container, vendor.memory) or 0) <= 0:
        raise RequestError(f"{vendor.memory} must be greater than 0")
    if vendor.cores in every and not 0 < (requested(container, vendor.cores) or 0) <= ALL:
        raise RequestError(f"{vendor.cores} must be in range (0,100]")
    named = [name for name in (vendor.memory, vendor.cores) if name in every]
    for name in named:
        _copy(container, name)
    return bool(named)


def _units(container: Object, vendor: Vendor) -> bool:
    every = _all(container)
    if vendor.count not in every and vendor.cores not in every:
        return False
    name = vendor.count if vendor.count in every else vendor.cores
    number = requested(container, name) or 0
    if number < 1:
        raise RequestError(f"{name} must be a positive integer")
    if name == vendor.cores and number > vendor.whole_cores and number % vendor.whole_cores:
        raise RequestError(f"{name} must be 1 or a multiple of {vendor.whole_cores}, got {number}")
    return True


def _percent(container: Object, vendor: Vendor) -> bool:
    limits = _limits(container)
    cores = requested(container, vendor.cores, limits_only=True)
    if vendor.count in limits and vendor.cores in limits and not 1 <= (cores or 0) <= ALL:
        raise RequestError(f"{vendor.cores} must be an integer percentage between 1 and 100")
    return any(name in limits for name in (vendor.count, vendor.memory, vendor.cores))


def _totals(container: Object, vendor: Vendor, pod: Object, count: int) -> None:
    if count <= 0:
        raise RequestError(f"{vendor.count} must be greater than 0")
    memory = requested(container, vendor.memory, limits_only=True)
    if count > 1 or memory is None:
        _set(container, vendor.cores, count * vendor.whole_cores)
        _set(container, vendor.memory, count * vendor.legal_memory[-1])
    elif memory not in vendor.legal_memory:
        raise RequestError(
            "sGPU memory request value is invalid, valid values are "
            f"[{', '.join(map(str, vendor.legal_memory))}]"
        )
    if count > 1:
        pod.setdefault("metadata", {}).setdefault("annotations", {})[NUMBER] = str(count)


def _modules(container: Object, vendor: Vendor, count: int) -> int:
    """Return the number of devices that the container gets: one becomes a module."""
    if count == 1:
        count = vendor.per_module
        _set(container, vendor.count, count, requests=False)
    if count % vendor.per_module:
        raise RequestError(f"{vendor.device_type} device request must be 1 or 2*n, got {count}")
    return count


def _template(container: Object, vendor: Vendor, pod: Object, count: int) -> None:
    annotations = (pod.get("metadata") or {}).get("annotations") or {}
    is_soft = annotations.get(vendor.soft_mode) == SOFT
    if not is_soft and (requested(container, vendor.cores) or 0) > 0:
        raise RequestError(f"{vendor.cores} is only supported in hami-core (soft split) mode")
    memory = requested(container, vendor.memory, limits_only=True)
    whole = vendor.whole_memory or vendor.capacity
    size = whole if memory is None else memory
    if memory is not None and not is_soft:
        if memory > vendor.capacity:
            raise RequestError(f"{vendor.memory} {memory} is invalid")
        sizes = sorted(vendor.templates.values())
        size = next((each for each in sizes if memory <= each), whole)
    if count > 1 and not is_soft and size != whole:
        raise RequestError("vNPU not supported for multiple devices")
    _set(container, vendor.memory, size)


def _quality(vendor: Vendor, pod: Object, count: int) -> None:
    annotations = pod.setdefault("metadata", {}).setdefault("annotations", {})
    application = annotations.get(vendor.application)
    if application is not None and application not in (ONLINE, OFFLINE):
        raise RequestError(f"{vendor.application} must be set one of [{ONLINE}, {OFFLINE}]")
    if application is not None and count != 1:
        raise RequestError("app-class pod must request single device")
    if application == ONLINE:
        return
    quality = annotations.setdefault(vendor.quality, QUALITIES[0])
    if quality not in QUALITIES:
        raise RequestError(f"{vendor.quality} must be set one of [{', '.join(QUALITIES)}]")


def _named(container: Object, vendor: Vendor, count: int) -> None:
    if count > 1:
        _set(container, vendor.cores, count * ALL, requests=False)
    if all(each.get("name") != NAME_VARIABLE for each in container.get("env") or []):
        _add_variable(container, NAME_VARIABLE, container.get("name", ""))


def _limits(container: Object) -> Object:
    limits: Object = (container.get("resources") or {}).get("limits") or {}
    return limits


def _all(container: Object) -> set[str]:
    resources = container.get("resources") or {}
    return {*(resources.get("limits") or {}), *(resources.get("requests") or {})}


def _set(container: Object, name: str, number: int, requests: bool = True) -> None:
    container.setdefault("resources", {}).setdefault("limits", {})[name] = str(number)
    if requests or name in (container["resources"].get("requests") or {}):
        container["resources"].setdefault("requests", {})[name] = str(number)


def _copy(container: Object, name: str) -> None:
    """Make limit and request of a resource equal if one of them is missing."""
    resources = container["resources"]
    for kind, other in (("limits", "requests"), ("requests", "limits")):
        if name not in resources.setdefault(kind, {}):
            resources[kind][name] = resources[other][name]


def _add_variable(container: Object, name: str, value: str) -> None:
    container["env"] = [*(container.get("env") or []), {"name": name, "value": value}]
