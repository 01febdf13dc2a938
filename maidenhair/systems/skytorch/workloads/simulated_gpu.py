"""Runs SkyTorch's server with a simulated GPU: a replacement of `pynvml` reports one device to the server's metrics.

A container runs the source of this file without the rest of this package, so it must import nothing else of it.
"""

from __future__ import annotations

import runpy
import sys
from types import ModuleType, SimpleNamespace

UTILIZATION_PERCENT = 40
MEMORY_UTILIZATION_PERCENT = 25
MEMORY_USED_BYTES = 3 * 1024**3
POWER_MILLIWATTS = 120_000


def simulated_nvml() -> ModuleType:
    """Return a module with the functions of `pynvml` (nvidia-ml-py) that the server's metrics call, for one device."""
    module = ModuleType("pynvml")
    utilization = SimpleNamespace(gpu=UTILIZATION_PERCENT, memory=MEMORY_UTILIZATION_PERCENT)
    answers = {
        "nvmlInit": None,
        "nvmlShutdown": None,
        "nvmlDeviceGetCount": 1,
        "nvmlDeviceGetHandleByIndex": "handle",
        "nvmlDeviceGetName": "Simulated GPU",
        "nvmlDeviceGetUtilizationRates": utilization,
        "nvmlDeviceGetMemoryInfo": SimpleNamespace(used=MEMORY_USED_BYTES),
        "nvmlDeviceGetPowerUsage": POWER_MILLIWATTS,
    }
    for function, answer in answers.items():
        setattr(module, function, lambda *_, answer=answer: answer)
    return module


if __name__ == "__main__":
    sys.modules["pynvml"] = simulated_nvml()
    runpy.run_module("skytorch.torch.server", run_name="__main__", alter_sys=True)
