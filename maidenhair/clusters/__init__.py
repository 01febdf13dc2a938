"""Clusters: providers behind one protocol."""
