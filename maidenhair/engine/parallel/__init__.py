"""How several worker processes run a plan, and how their results are put together."""
