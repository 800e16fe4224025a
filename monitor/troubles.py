"""Trouble of policywatch's own: a channel that takes nothing, alerts given up, a mailbox unread,
a disk that is nearly full.

    outbox, mailbox, disk ──► troubles ──► beside what was told before ──► alerts

People are told once when it begins, by the routes of health alerts and never by the channel that
fails, and once when it is over. What was told is in the store: a restart tells nothing twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.alerts import alert_id
from monitor.config import Settings
from monitor.model import Alert, Severity
from monitor.routing import Told, plan
from monitor.telling import new_delivery, rules_of
from notifiers.wording import day, instant
from store import DeliveryRecord, NewDelivery, Store
from store.records import Raised

#: The policy of these alerts: none.
NOBODYS = ""
#: How long a channel or the mailbox may fail before people are told.
PATIENCE = timedelta(hours=1)
#: With so many bytes left on the store's disk people are told, in time to do something; it is
#: over with half as many more.
ROOM = 100 * 2**20
#: Alerts that were given up are told of for so long.
_FRESH = timedelta(days=2)
#: Of so many deliveries of a state, the newest, it is asked what they say.
_REACH = 2000


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something of ours that fails. ``about`` names it the same as long as it lasts.

    ``channel`` is the channel that fails, "" for another thing. What does not ``last`` is told of
    and never over.
    """

    about: str
    since: datetime
    detail: str
    severity: Severity = "high"
    channel: str = ""
    lasts: bool = True


def channel_troubles(
    waiting: Iterable[DeliveryRecord], dead: Iterable[DeliveryRecord], now: datetime
) -> Iterator[Trouble]:
    """Channels that took nothing for a while, and those that had to give alerts up."""
    failing = [d for d in waiting if d.attempts and d.last_error]
    given_up = [d for d in dead if d.not_before > now - _FRESH]
    for channel in sorted({d.channel for d in (*failing, *given_up)}):
        stuck = [d for d in failing if d.channel == channel]
        since = min((d.created_at for d in stuck), default=now)
        lost = [d for d in given_up if d.channel == channel]
        if lost:
            count = f"{len(lost)} alerts were" if len(lost) > 1 else "An alert was"
            detail = (
                f'{count} given up: the channel "{channel}" does not take them '
                f"({_last(lost)}). List them: policywatch deliveries --failed"
            )
            about = f"Given up by {channel} on {day(max(d.not_before for d in lost))}"
            yield Trouble(about, _first(lost), detail, channel=channel, lasts=False)
        if now - since >= PATIENCE:
            count = f"{len(stuck)} alerts wait" if len(stuck) > 1 else "An alert waits"
            detail = (
                f'The channel "{channel}" fails since {instant(since)}: {_last(stuck)}. '
                f"{count} and will be tried again. List them: policywatch deliveries --waiting"
            )
            yield Trouble(f"Channel {channel}", since, detail, channel=channel)


def _first(deliveries: Sequence[DeliveryRecord]) -> datetime:
    return min(delivery.created_at for delivery in deliveries)


def _last(deliveries: Sequence[DeliveryRecord]) -> str:
    return max(deliveries, key=lambda d: d.id).last_error.rstrip(".")


class Troubles:
    """What fails now, for one configuration; of the mailbox it remembers since when."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings
        self._unread: tuple[datetime, str] | None = None
        self._tight: datetime | None = None

    def inbox_read(self) -> None:
        """The mailbox could be read."""
        self._unread = None

    def inbox_failed(self, error: str, now: datetime) -> None:
        """It could not."""
        since = self._unread[0] if self._unread else now
        self._unread = (since, error)

    def look(self, now: datetime) -> int:
        """Tell people what began to fail and what works again; returns how many alerts."""
        waiting = self._store.deliveries("pending", _REACH)
        dead = self._store.deliveries("dead", _REACH)
        found = [*channel_troubles(waiting, dead, now), *self._inbox(now), *self._disk(now)]
        return tell(self._store, self._settings, found, now)

    def _inbox(self, now: datetime) -> Iterator[Trouble]:
        if self._unread is None:
            return
        since, error = self._unread
        if now - since >= PATIENCE:
            detail = f"Vendors' mails are not read since {instant(since)}: {error}"
            yield Trouble("Mailbox of [inbox]", since, detail, "medium")

    def _disk(self, now: datetime) -> Iterator[Trouble]:
        room = self._store.room()
        if room is None or room >= (ROOM * 3 // 2 if self._tight else ROOM):
            self._tight = None
            return
        self._tight = self._tight or now
        detail = (
            f"Only {room // 2**20} MB are left on the disk of the store ({self._store.name}). "
            "Free some space: on a full disk nothing is checked and nothing is told"
        )
        yield Trouble("Disk of the store", self._tight, detail)


def tell(store: Store, settings: Settings, found: Sequence[Trouble], now: datetime) -> int:
    """Raise what began and what is over since people were last told; returns how many."""
    told = _standing(store)
    begun = [begun_by(t, settings, now) for t in found if t.about not in told]
    lasting = {trouble.about for trouble in found}
    over = [
        over_again(alert, now)
        for about, alert in told.items()
        if alert.health == "failing" and about not in lasting
    ]
    failing = {trouble.about: trouble.channel for trouble in found}
    raised: list[Raised] = [
        (alert, deliveries_but(settings, alert, {failing.get(alert.title, "")}, now))
        for alert in (*begun, *over)
    ]
    return store.raise_once(raised, now)


def _standing(store: Store) -> dict[str, Alert]:
    """What people know to be in trouble: the newest alert about each thing, unless it is over."""
    newest: dict[str, Alert] = {}
    for record in store.alerts(_REACH, policy=NOBODYS, kinds=["health"]):
        newest.setdefault(record.alert.title, record.alert)
    return {about: a for about, a in newest.items() if a.health != "recovered"}


def begun_by(trouble: Trouble, settings: Settings, now: datetime) -> Alert:
    """What people are told when it begins."""
    url = settings.web.public_url
    links = {"dashboard": f"{url.rstrip('/')}/deliveries"} if url else {}
    return Alert(
        id=alert_id("trouble", trouble.about, now.isoformat()),
        policy=NOBODYS,
        change=None,
        verdict=None,
        summary=trouble.detail,
        first_seen=trouble.since,
        links=links,
        kind="health",
        health="failing" if trouble.lasts else "given up",
        severity=trouble.severity,
        service="policywatch",
        title=trouble.about,
    )


def over_again(told: Alert, now: datetime) -> Alert:
    """What they are told when it is over."""
    return Alert(
        id=alert_id("trouble over", told.id),
        policy=NOBODYS,
        change=None,
        verdict=None,
        summary="This works again: nothing is left that fails.",
        first_seen=now,
        kind="health",
        health="recovered",
        severity="low",
        service="policywatch",
        title=told.title,
    )


def deliveries_but(
    settings: Settings, alert: Alert, without: Collection[str], now: datetime
) -> tuple[NewDelivery, ...]:
    """Where such an alert goes, but for some channels."""
    planned = plan(Told(alert, (), "other"), rules_of(settings), (), now)
    return tuple(new_delivery(made) for made in planned.deliveries if made.channel not in without)
