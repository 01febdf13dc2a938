"""The phrases for any Kubernetes object, which the package brings."""

import maidenhair.steps  # noqa: F401
