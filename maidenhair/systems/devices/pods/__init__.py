"""Pods that request devices: their manifests, the tables that describe them, and waits for one pod or many."""
