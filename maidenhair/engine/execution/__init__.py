"""How one process runs scenarios: guarded hooks and steps, limits, cleanups, signals and retries."""
