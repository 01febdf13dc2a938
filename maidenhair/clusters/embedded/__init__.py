"""Real Kubernetes on this machine without a container engine: processes in namespaces of their own."""
