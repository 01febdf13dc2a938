"""`maidenhair doctor`: what this machine has and lacks for runs; nothing is made to find it out."""
