"""SkyTorch's stack on a cluster, the operator and the Gateway: its plan, deployment, state and outages."""
