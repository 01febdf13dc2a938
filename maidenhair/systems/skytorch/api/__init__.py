"""The Compute API in Kubernetes: Computes and the objects that they own."""
