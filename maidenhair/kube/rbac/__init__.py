"""The permissions that a run needs, has, and grants to its specs."""
