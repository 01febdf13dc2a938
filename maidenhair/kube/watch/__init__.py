"""Informers and watched objects: lists of the Kubernetes API that watches keep up to date."""
