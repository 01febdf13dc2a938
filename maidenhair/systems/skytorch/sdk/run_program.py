"""Runs users' programs for SkyTorch's SDK, each in its own process or its own pod."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hamcrest import any_of

from maidenhair._util.data import package_folder
from maidenhair._util.process import run
from maidenhair.errors import ProgramFailed, WaitTimedOut
from maidenhair.kube import Kube
from maidenhair.kube.diagnosis.explain import stop_when_hopeless
from maidenhair.kube.matchers import has_jmespath
from maidenhair.kube.run.inventory import Inventory
from maidenhair.kube.watch.watched import WatchedObject
from maidenhair.waiting import eventually

PROGRAM_SECONDS = 90.0
DEFAULT_IMAGE = "skytorch-server:latest"
"""The operator's default image, for a Compute without an image."""
CLUSTER_VARIABLES = ("KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT")


@dataclass(frozen=True)
class Ended:
    """The end of a program.

    Attributes:
        status: the exit status, 0 for success.
        output: the printed text, including errors and tracebacks.
    """

    status: int
    output: str


def source_of(program: str) -> str:
    """Return the source of a program in `maidenhair/systems/skytorch/sdk/programs`.

    Args:
        program: the file's name without ".py", for example "serve_health".
    """
    return (package_folder(__package__) / "programs" / f"{program}.py").read_text()


def run_program(source: str, kubeconfig: Path | None = None) -> Ended:
    """Run a Python program in a process on this machine, and return its exit status and output.

    The only cluster that the program can find is the one of `kubeconfig`, because its home folder is empty and no
    other environment variable names a cluster.

    Args:
        source: the program's source.
        kubeconfig: the value of KUBECONFIG; None leaves the variable unset.

    Raises:
        WaitTimedOut: the program did not end within 90 s. The text contains its output.
    """
    environment: dict[str, str | None] = dict.fromkeys(CLUSTER_VARIABLES)
    if kubeconfig is not None:
        environment["KUBECONFIG"] = str(kubeconfig)
    with tempfile.TemporaryDirectory(prefix="maidenhair-program-") as home:
        command = [sys.executable, "-c", source]
        try:
            done = run(
                command,
                folder=Path(home),
                # Programs that run at the same time must not share the SDK's cache of discovery, see discovery_cache.
                environment={**environment, "HOME": home, "TMPDIR": home},
                seconds=PROGRAM_SECONDS,
                accepted=None,
                merge_output=True,
            )
        except ProgramFailed as failed:
            raise WaitTimedOut(
                f"the Python program {failed.problem}; its output:\n{failed.output}"
            ) from failed
    return Ended(done.status, done.stdout)


def run_in_pod(
    kube: Kube,
    inventory: Inventory,
    namespace: str,
    source: str,
    image: str | None = None,
) -> Ended:
    """Run a Python program in a pod "program" with the service account "default".

    Args:
        kube: the API.
        inventory: the inventory that creates objects in the namespace.
        namespace: the pod's namespace.
        source: the program's source.
        image: an image with Python and SkyTorch; None for DEFAULT_IMAGE.

    Returns:
        The program's exit status and output.

    Raises:
        WaitTimedOut: the pod did not end within 90 s. The text contains the likely cause.
        WaitStopped: the pod cannot start. The text contains the likely cause.
    """
    pod = _pod(source, image or DEFAULT_IMAGE)
    name = pod["metadata"]["name"]
    inventory.apply(pod)
    subject = {**pod, "metadata": {"name": name, "namespace": namespace}}
    hopeless = stop_when_hopeless(kube, subject)
    with WatchedObject(kube, "v1", "Pod", name, namespace) as watched:
        found: Any = eventually(
            watched,
            has_jmespath("status.phase", any_of("Succeeded", "Failed")),
            within=PROGRAM_SECONDS,
            stop_when=[hopeless],
            described_as=f"the program in Pod {namespace}/{name} to end",
            explain=hopeless.explain,
        )
    [container] = found["status"]["containerStatuses"]
    status = container["state"]["terminated"]["exitCode"]
    return Ended(status, kube.pod_logs(namespace, name))


def _pod(source: str, image: str) -> dict[str, Any]:
    container = {
        "name": "program",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-c", source],
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}},
    }
    spec = {"restartPolicy": "Never", "containers": [container]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "program"}, "spec": spec}
