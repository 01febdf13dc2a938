"""Diagnostics of failed specs, and explanations of objects that are not in the expected state."""
