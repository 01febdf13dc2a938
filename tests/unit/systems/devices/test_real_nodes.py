"""Ending the containers of a pod on a real node."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hamcrest import assert_that, equal_to

from maidenhair.errors import KubernetesError
from maidenhair.systems.devices.real.real_nodes import RealNodes

POD: Any = SimpleNamespace(
    name="first",
    present=lambda: {"spec": {"containers": [{"name": "main"}, {"name": "other"}]}},
    log=lambda container: "{}",
)


def nodes_with_kubectl(folder: Path, exit_status: int) -> RealNodes:
    """Return nodes whose kubectl notes its arguments in the file "calls" and exits with a status."""
    kubectl = folder / "kubectl"
    kubectl.write_text(f'#!/bin/sh\necho "$@" >> {folder}/calls\nexit {exit_status}\n')
    kubectl.chmod(0o755)
    spec: Any = SimpleNamespace(
        cluster=SimpleNamespace(kubectl=kubectl),
        folder=folder,
        namespace="n",
        kubeconfig=lambda name, namespace: folder / name,
    )
    return RealNodes(spec, {})


@pytest.mark.parametrize("exit_status", [0, 137])
def test_a_process_that_is_killed_with_its_container_has_ended_it(
    tmp_path: Path, exit_status: int
) -> None:
    nodes_with_kubectl(tmp_path, exit_status).complete(POD)
    assert_that(len((tmp_path / "calls").read_text().splitlines()), equal_to(2))


def test_any_other_failure_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KubernetesError, match="kubectl exec first -c main"):
        nodes_with_kubectl(tmp_path, 1).complete(POD)


def test_a_container_is_ended_after_it_has_reported_its_devices(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    ended_before: list[tuple[str, int]] = []

    def log(container: str) -> str:
        ended = len(calls.read_text().splitlines()) if calls.exists() else 0
        ended_before.append((container, ended))
        return "{}"

    pod: Any = SimpleNamespace(name="first", present=POD.present, log=log)
    nodes_with_kubectl(tmp_path, 0).complete(pod)
    assert_that(ended_before, equal_to([("main", 0), ("other", 1)]))
