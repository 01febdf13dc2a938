"""Time limits, signals and processes that must not outlive their spec."""
