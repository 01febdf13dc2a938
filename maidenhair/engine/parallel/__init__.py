"""The run by several workers: starts them, hands out units, and notices those that die."""
