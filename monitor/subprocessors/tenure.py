"""Since when each sub-processor is listed, from the versions of a policy. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.model import Subprocessor
from monitor.subprocessors.events import matched
from monitor.subprocessors.reading import Listed, Listing


@dataclass(frozen=True, slots=True)
class Edition:
    """A version of a policy with what it lists.

    ``anew``: nothing of the policy changed, it was only read anew (a technical upgrade).
    """

    number: int
    first_seen: datetime
    listing: Listing
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Tenure:
    """A sub-processor as listed now, and the version and the instant since which it is.

    ``or_earlier``: it was there when we first looked, so it may have been listed before.
    """

    subprocessor: Subprocessor
    since: datetime
    version: int
    or_earlier: bool


def tenures(editions: Iterable[Edition]) -> tuple[Tenure, ...]:
    """Who the last of the editions (given oldest first) lists, in its order.

    A new name or place of the same company does not begin a new tenure; coming back after having
    left does.
    """
    current: list[tuple[Listed, Tenure]] = []
    for place, edition in enumerate(editions):
        earlier = {id(listed): tenure for listed, tenure in current}
        found = matched([listed for listed, _ in current], edition.listing.listed)
        kept = {id(new): earlier[id(old)] for old, new, _ in found.pairs}
        current = [
            (
                listed,
                replace(kept[id(listed)], subprocessor=listed.subprocessor)
                if id(listed) in kept
                else Tenure(
                    listed.subprocessor,
                    edition.first_seen,
                    edition.number,
                    place == 0 or edition.anew,
                ),
            )
            for listed in edition.listing.listed
        ]
    return tuple(tenure for _, tenure in current)
