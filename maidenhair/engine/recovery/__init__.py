"""Makes the reports of a run that its watchdog had to end, from the run's events."""
