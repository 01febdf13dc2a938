"""Redaction of secrets in diagnostics, errors and reports.

The values of Secrets and texts that look like credentials are replaced. Fields that only say what an object is, such as
its name or its kind, stay readable. Nothing here reads the API.
"""

from maidenhair.kube.diagnosis.redaction.redactor import REDACTED, Redactor

__all__ = ["REDACTED", "Redactor"]
