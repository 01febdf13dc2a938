"""Runs scenarios in one process: guarded hooks and steps, cleanups and attempts."""
