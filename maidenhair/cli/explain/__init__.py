"""`maidenhair explain`: why an object of any kind is not in the expected state."""
