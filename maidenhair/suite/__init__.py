"""What behave calls during a run: the hooks, `context.spec`, capabilities, and the session that they share."""
