"""Ownership of objects on a cluster: labels, Leases, inventories, namespaces, and the removal of leftovers."""
