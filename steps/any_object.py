"""Load the phrases for objects of any Kubernetes kind."""

import maidenhair.steps  # noqa: F401
