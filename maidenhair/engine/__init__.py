"""How a run goes: its cleanups and its interrupts; knows behave, knows nothing of Kubernetes."""
