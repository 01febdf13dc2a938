"""Runs SkyTorch's server beside a GPU that is simulated: to its metrics, a `pynvml` of ours tells of one device.

A container runs the text of this file, where nothing else of this package is; so it needs no more than Python.
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
    """Return a module with what the server's metrics ask of `pynvml` (nvidia-ml-py), for one device."""
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
