"""What this machine has and lacks for runs, and which ways to run are open; nothing is made to find it out."""

from maidenhair.cli.doctor.diagnosis import Diagnosis, diagnose, text

__all__ = ["Diagnosis", "diagnose", "text"]
