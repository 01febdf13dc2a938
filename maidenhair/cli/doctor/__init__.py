"""`maidenhair doctor`: show what this machine has for runs and what it lacks, without changing anything."""
