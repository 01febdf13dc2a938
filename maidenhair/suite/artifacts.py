"""The artifacts of a run that the hooks save in its folder: diagnostics of failed specs, and logs of the nodes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maidenhair.clusters.provider import LogExport, Provider
from maidenhair.errors import MaidenhairError
from maidenhair.kube.diagnosis.dump import Diagnostics, collect
from maidenhair.kube.run.labels import namespace_name
from maidenhair.suite.spec import Spec

ATTACHED_BYTES = 64 * 1024
NODES = "nodes"


@dataclass(frozen=True)
class Artifacts:
    """The artifacts of a run.

    Attributes:
        folder: the run's folder.
    """

    folder: Path

    def save_diagnostics(self, context: Any, scenario: Any) -> None:
        """Save the diagnostics of a failed spec in a folder with the name of its namespace, and attach them.

        Args:
            context: the context of the hook `after_scenario`.
            scenario: the scenario. Its attribute `artifacts` names the folder afterwards.
        """
        spec: Spec = context.spec
        name = spec.namespace if spec.has_namespace else _folder_name(scenario)
        folder = self.folder / name
        scenario.artifacts = (str(folder),)
        for namespace in _diagnosed_namespaces(spec):
            found = _collect(spec, namespace, folder)
            print(found.summary)
            context.attach("text/plain", found.summary.encode())
            for file in found.files:
                # The summary names the others, which would make reports too large.
                if file.stat().st_size <= ATTACHED_BYTES:
                    context.attach("text/plain", f"{file.name}:\n{file.read_text()}".encode())

    def export_logs(self, provider: Provider) -> None:
        """Export the logs of the cluster's nodes, if the provider can."""
        if not isinstance(provider, LogExport):
            return
        folder = self.folder / NODES
        try:
            provider.export_logs(folder)
            print(f"The logs of the cluster's nodes are in {folder}.")
        except (MaidenhairError, OSError) as error:
            # This error must not hide the failures of specs.
            print(f"Not all logs of the nodes could be exported to {folder}: {error}")


def _diagnosed_namespaces(spec: Spec) -> list[str]:
    """Return the namespaces of a spec's objects, then those of the systems and operators under test."""
    of_systems = (*spec.kube.knowledge.namespaces, *spec.settings.diagnostics_namespaces)
    return list(dict.fromkeys([*spec.namespaces, *of_systems]))


def _collect(spec: Spec, namespace: str, folder: Path) -> Diagnostics:
    first = namespace in spec.namespaces[:1]
    try:
        return collect(
            spec.kube,
            namespace,
            folder / ("" if first else namespace),
            outside=spec.created_outside if first else (),
            notes=spec.notes if first else {},
            mentioned=() if namespace in spec.namespaces else spec.namespaces,
            seconds=spec.settings.diagnostics_time,
            size=spec.settings.diagnostics_size,
        )
    except OSError as error:
        # The spec's failure must still be reported, and its cleanups must run.
        return Diagnostics(
            f"Diagnostics of namespace {namespace} could not be written: {error}", ()
        )


def _folder_name(scenario: Any) -> str:
    """Return the name of the folder of a spec without a namespace, in the form of a namespace's name."""
    return namespace_name(scenario.name, secrets.token_hex(3))
