"""Fetching: from a URL to bytes with proof, through one checked way out (docs/fetching.md)."""

from monitor.fetch.answers import (
    RENDERED,
    Captured,
    Fetched,
    NotModified,
    permanent_target,
    validator_of,
)
from monitor.fetch.egress import Dial, Egress, Endpoint, Resolver, dial
from monitor.fetch.fetcher import Fetcher
from monitor.fetch.transport import egress_client

__all__ = [
    "RENDERED",
    "Captured",
    "Dial",
    "Egress",
    "Endpoint",
    "Fetched",
    "Fetcher",
    "NotModified",
    "Resolver",
    "dial",
    "egress_client",
    "permanent_target",
    "validator_of",
]
