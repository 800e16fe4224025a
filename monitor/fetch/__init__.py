"""Fetching: from a URL to bytes with proof, through one checked way out (docs/fetching.md)."""

from monitor.fetch.answers import (
    RENDERED,
    Captured,
    Fetched,
    NotModified,
    permanent_target,
    validator_of,
)
from monitor.fetch.egress import Egress, Endpoint, Resolver
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.transport import egress_client

__all__ = [
    "RENDERED",
    "Captured",
    "Egress",
    "Endpoint",
    "Fetched",
    "Fetcher",
    "NotModified",
    "Resolver",
    "egress_client",
    "permanent_target",
    "validator_of",
]
