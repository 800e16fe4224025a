"""Is this capture the policy, and what does it mean for the source? (docs/capture.md)"""

from monitor.capture.evidence import Reason
from monitor.capture.gate import Judgement, capture_verdict, judge
from monitor.capture.memory import (
    Decision,
    Failed,
    Good,
    HealthEvent,
    NotModified,
    Observation,
    Suspect,
    accept,
    decide,
)
from monitor.capture.outage import Attempt, own_outage

__all__ = [
    "Attempt",
    "Decision",
    "Failed",
    "Good",
    "HealthEvent",
    "Judgement",
    "NotModified",
    "Observation",
    "Reason",
    "Suspect",
    "accept",
    "capture_verdict",
    "decide",
    "judge",
    "own_outage",
]
