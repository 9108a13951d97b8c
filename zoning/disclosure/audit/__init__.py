"""Does a file hold anything restricted? Opens what we write, and what others made of it."""

from zoning.disclosure.audit.findings import AuditResult, Finding, Verdict
from zoning.disclosure.audit.opening import audit

__all__ = ["AuditResult", "Finding", "Verdict", "audit"]
