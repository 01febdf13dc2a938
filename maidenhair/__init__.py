"""maidenhair: end-to-end tests for Kubernetes, in the manner of Ginkgo, on behave."""

__version__ = "0.1.0"
