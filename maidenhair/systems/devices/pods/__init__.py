"""Pods that request devices: one pod or many, and the tables that describe them."""
