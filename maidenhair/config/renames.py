"""Renamed settings. An old name is an error that names the new one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rename:
    """A setting that was renamed.

    Attributes:
        variable: its old environment variable.
        name: its new name, for example "skytorch_operator".
        key: its old name for `-D` and in `[tool.maidenhair]`; empty if that did not change.
        system: its system; empty for a setting of the framework.
        field: its new key in the table of the system.
    """

    variable: str
    name: str
    key: str = ""
    system: str = ""
    field: str = ""


def _of(system: str, field: str, variable: str = "") -> Rename:
    return Rename(variable, f"{system}_{field}", key=field, system=system, field=field)


RENAMES = (
    Rename("KUBERNETES_VERSION", "kubernetes_version"),
    _of("skytorch", "operator", "OPERATOR"),
    _of("skytorch", "operator_image", "OPERATOR_IMAGE"),
    _of("skytorch", "operator_manifests", "OPERATOR_MANIFESTS"),
    _of("skytorch", "test_image"),
    _of("devices", "hami_image", "HAMI_IMAGE"),
    _of("devices", "hami_chart", "HAMI_CHART"),
)
