"""Reports about runs, made from behave's results. This room knows nothing of clusters."""
