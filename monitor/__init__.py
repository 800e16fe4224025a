"""policywatch: capture, compare and understand policies.

The public surface is what is named here; docs/semantics.md describes it.
"""

from monitor.commitments import classify, find_commitments
from monitor.comparison import compare
from monitor.extraction import read_document
from monitor.model import Clause, Commitment, Comparison, Document, Finding, Quote

__all__ = [
    "Clause",
    "Commitment",
    "Comparison",
    "Document",
    "Finding",
    "Quote",
    "classify",
    "compare",
    "find_commitments",
    "read_document",
]
