"""Trials of the operator and of the server image: what they do, where no version or field of the API shows it.

Each function gets the object of the first spec that needs the capability. It returns None if the cluster has the
capability, or why it lacks it. The objects are in the namespace that all specs of the run share.
"""

from __future__ import annotations

from maidenhair.errors import ApiRefused, NotServed, WaitError
from maidenhair.kube import Object
from maidenhair.kube.matchers import is_present
from maidenhair.systems.skytorch.spec import SkyTorchSpec
from maidenhair.systems.skytorch.tensors.rpc.functions import Function

COMPUTE = "trial"
SCRATCH = "scratch"
OWN_VARIABLE = "SKYTORCH_PORT"
NO_FUNCTION = Function("def nothing():\n    return None\n", "nothing")


def missing_server(skytorch: SkyTorchSpec) -> str | None:
    """Check whether a Compute becomes Ready and answers, if the account may not read what shows it otherwise."""
    if not skytorch.shares_namespace:
        return None
    try:
        with skytorch.shared_server():
            return None
    except (ApiRefused, WaitError) as error:
        return f"no Compute becomes Ready: {error}"


def missing_own_variables(skytorch: SkyTorchSpec) -> str | None:
    """Check whether the operator sets the variables of SkyTorch's server itself."""
    [server] = _pod_of_trial(skytorch)["containers"]
    if OWN_VARIABLE in {each["name"] for each in server.get("env", ())}:
        return None
    return f"its operator leaves {OWN_VARIABLE} to the server image"


def missing_overrides(skytorch: SkyTorchSpec) -> str | None:
    """Check whether the operator acts on the volumes of an override."""
    if SCRATCH in {each["name"] for each in _pod_of_trial(skytorch).get("volumes", ())}:
        return None
    return "its operator ignores the volumes of an override, as before SkyTorch 0.2.0"


def missing_functions(skytorch: SkyTorchSpec) -> str | None:
    """Check whether the server runs functions, as those of SkyTorch 0.2.0 and later do."""
    with skytorch.shared_server() as client:
        try:
            client.execute_function(NO_FUNCTION)
        except NotServed:
            return "its server image serves no functions, as before SkyTorch 0.2.0"
    return None


def _pod_of_trial(skytorch: SkyTorchSpec) -> Object:
    """Return the pod template that the operator makes for a suspended Compute with a volume of its own."""
    view = skytorch.shared_view(COMPUTE)
    volumes = [{"name": SCRATCH, "emptyDir": {}}]
    view.apply(suspend=True, override={"volumes": volumes})
    made = view.child("StatefulSet").wait_until(is_present(), "to exist")
    pod: Object = made["spec"]["template"]["spec"]
    return pod
