"""Which due policies go into which job. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from monitor.config import Policy
from monitor.errors import FetchError
from monitor.fetch.urls import parse_url

#: The most policies of one job: few enough that a lost one is soon made up for.
MOST_POLICIES = 20


@dataclass(frozen=True, slots=True)
class Batch:
    """Policies of one host. ``lane`` is what requests to that are paced by (``Target.lane``)."""

    lane: str
    policies: tuple[str, ...]


def lanes_of(policies: Iterable[Policy]) -> dict[str, str]:
    """The lane of each policy by id: that of its first URL."""
    return {policy.id: _lane(policy) for policy in policies}


def _lane(policy: Policy) -> str:
    try:
        return parse_url(policy.all_urls[0]).lane
    except FetchError:
        return policy.all_urls[0]  # its check will say what is wrong with it


def batches(
    due: Iterable[str],
    lanes: Mapping[str, str],
    *,
    waiting: Collection[str],
    taken: Collection[str],
    room: int,
) -> list[Batch]:
    """At most ``room`` batches of ``due`` (ids, the longest waiting first), one a lane.

    Left out are lanes that have a batch ``waiting``, policies that are ``taken`` (in a job
    already), and those that this configuration does not know.
    """
    found: dict[str, list[str]] = {}
    for policy in due:
        lane = lanes.get(policy)
        if lane is None or lane in waiting or policy in taken:
            continue
        if lane not in found and len(found) >= room:
            continue
        if len(batch := found.setdefault(lane, [])) < MOST_POLICIES:
            batch.append(policy)
    return [Batch(lane, tuple(batch)) for lane, batch in found.items()]
