"""The Compute API as Kubernetes shows it: Computes and the objects that they own."""
