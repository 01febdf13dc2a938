"""What the plugin's container runs."""

from __future__ import annotations

import os

from maidenhair.systems.devices.plugin.api import PodApi
from maidenhair.systems.devices.plugin.application import Surroundings, run

run(Surroundings.of(os.environ), PodApi.in_cluster())
