"""A cache of API discovery for each process.

The SDK and the kubernetes package keep what they discovered in one file of the temporary folder, which all processes of
the machine share. They write it in place: a process that reads it meanwhile finds half a file, and the SDK then fails
with "'_BaseRequestContextManager' object has no attribute 'json'".
"""

from __future__ import annotations

import atexit
import importlib
import shutil
import tempfile
from contextlib import suppress
from functools import cache
from types import SimpleNamespace

MODULES = ("kubernetes.dynamic.discovery", "skytorch.client.aio.discovery")
"""The modules that name the file. SkyTorch 0.1.0 has only the first."""


@cache
def use_own_discovery_cache() -> None:
    """Keep what this process discovers in a folder of its own, which is removed when the process ends."""
    folder = tempfile.mkdtemp(prefix="maidenhair-discovery-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    own = SimpleNamespace(gettempdir=lambda: folder)
    for name in MODULES:
        with suppress(ImportError):
            importlib.import_module(name).tempfile = own  # type: ignore[attr-defined]
