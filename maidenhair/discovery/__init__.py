"""What a cluster is and what it can do: questions to its API, and the capabilities that follow from the answers."""

from maidenhair.discovery.capabilities import CAPABILITIES, decide
from maidenhair.discovery.probe import look
from maidenhair.discovery.report import Report, discover

__all__ = ["CAPABILITIES", "Report", "decide", "discover", "look"]
