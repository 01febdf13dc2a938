"""A stand-in for the SkyTorch operator; see README.md beside this file."""
