"""What a run owns on a cluster: labels, Leases, inventories, namespaces, leftovers and their removal."""
