"""The run events of the engine: the plan as events, and the publisher that the ways to run specs call."""
