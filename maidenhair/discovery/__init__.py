"""Discovery: requests to the API of a cluster, and the capabilities that follow from the responses."""

from maidenhair.discovery.capabilities import CAPABILITIES, decide
from maidenhair.discovery.report import Report, discover

__all__ = ["CAPABILITIES", "Report", "decide", "discover"]
