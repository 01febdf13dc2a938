"""What is told of a run; reads behave's results, knows nothing of clusters."""
