"""The program of the plugin's container."""

from __future__ import annotations

import os

from maidenhair.systems.devices.plugin.api import PodApi
from maidenhair.systems.devices.plugin.application import PluginEnvironment, run

run(PluginEnvironment.of(os.environ), PodApi.in_cluster())
