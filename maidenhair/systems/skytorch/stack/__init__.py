"""The operator and the Gateway that SkyTorch needs on a cluster: plan, deployment, state and outages."""
