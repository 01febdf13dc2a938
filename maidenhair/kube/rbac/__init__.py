"""Permissions: those that a run needs, those that its account has, and those that it grants in namespaces of specs."""
