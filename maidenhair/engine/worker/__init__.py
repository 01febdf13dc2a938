"""The process of a worker: runs units, and records what formatters would show."""
