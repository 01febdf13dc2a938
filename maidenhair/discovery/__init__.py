"""What a cluster is and what it can do, asked of its API; the capabilities follow from it."""

from maidenhair.discovery.capabilities import decide
from maidenhair.discovery.findings import Findings
from maidenhair.discovery.probe import look
from maidenhair.discovery.report import Report, discover

__all__ = ["Findings", "Report", "decide", "discover", "look"]
