"""Feeds: alerts as Atom, days as iCalendar; for all policies, those with a tag, or one.

Where people sign in, a feed reader cannot. The address of a feed then carries a key of its own:
made from the token or password of whoever asked for it, and good for that feed alone. It ends with
them.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, get_args

from fastapi import APIRouter, HTTPException, Query, Request, Response
from feedgen.feed import FeedGenerator

from monitor.deadlines import Ahead
from monitor.icalendar import Event, feed
from monitor.model import Alert, AlertKind, subject_of
from notifiers.message import compose
from notifiers.wording import one_line
from store import AlertRecord
from web import rendering
from web.access import FEEDS, Credential, credentials
from web.backend import Backend
from web.days import Days
from web.links import page_of
from web.views.overview import place_of

ALERTS, DAYS = f"{FEEDS}alerts.atom", f"{FEEDS}days.ics"
#: Entries of a feed, the newest; and among how many alerts they are looked for.
_ENTRIES, _REACH = 50, 2000
#: What people are told of; a test is nobody's news.
_TOLD: tuple[AlertKind, ...] = tuple(kind for kind in get_args(AlertKind) if kind != "test")
_CONTEXT = b"policywatch feed 1\0"
_CACHED = {"cache-control": "private, max-age=300"}

Words = Annotated[str, Query(max_length=200)]


def feeds(backend: Backend, days: Days) -> APIRouter:
    """The routes of feeds."""
    router = APIRouter(default_response_class=Response, include_in_schema=False)

    @router.get(ALERTS)
    def alerts(
        request: Request, tag: Words = "", policy: Words = "", reader: Words = "", key: Words = ""
    ) -> Response:
        _admit(backend, request, ALERTS, tag, policy, reader, key)
        _known_policy(backend, policy)
        reach, tagged = _REACH if tag else 2 * _ENTRIES, backend.declared().tags
        found = backend.store.alerts(reach, policy=policy or None, kinds=_TOLD)
        watched = backend.store.sources_of(list({record.alert.policy for record in found}))
        known = {source.policy for source in watched if not tag or tag in tagged(source.policy)}
        shown = [record for record in found if record.alert.policy in known]
        title = _title("Alerts", tag, policy)
        content = _atom(shown[:_ENTRIES], title, str(request.url), _base(backend, request))
        return _answer(request, content, "application/atom+xml; charset=utf-8")

    @router.get(DAYS)
    def calendar(
        request: Request, tag: Words = "", policy: Words = "", reader: Words = "", key: Words = ""
    ) -> Response:
        _admit(backend, request, DAYS, tag, policy, reader, key)
        _known_policy(backend, policy)
        base, tagged = _base(backend, request), backend.declared().tags
        events = (
            _event(found, base)
            for found in days.all(backend.clock(), policy)
            if not tag or tag in tagged(found.policy)
        )
        content = feed(events, _title("Days", tag, policy)).encode("utf-8", "replace")
        return _answer(request, content, "text/calendar; charset=utf-8")

    return router


def address(
    backend: Backend, request: Request, path: str, *, tag: str = "", policy: str = ""
) -> str:
    """The address of a feed for whoever asks, with a key of theirs where people sign in."""
    name = request.state.visitor.name
    known = next(_known(backend, name), None)
    key = _key(backend, known, path, tag, policy) if known else ""
    segments = path.strip("/").split("/")
    return rendering.path(*segments, tag=tag, policy=policy, reader=name if key else "", key=key)


def _admit(
    backend: Backend, request: Request, path: str, tag: str, policy: str, reader: str, key: str
) -> None:
    """Let in whoever is signed in, or has the key of this feed. 401 for all others."""
    if request.state.visitor is not None:
        return
    given = key.encode("utf-8", "replace")
    fits = [
        hmac.compare_digest(_key(backend, known, path, tag, policy).encode(), given)
        for known in _known(backend, reader)
    ]
    if not any(fits):
        raise HTTPException(
            401, "The address of this feed holds no key, or one that has ended: copy it anew."
        )


def _known(backend: Backend, name: str) -> Iterator[Credential]:
    """The credentials of a name."""
    every = credentials(backend.declared().settings.web)
    return (known for known in every if known.visitor.name == name)


def _key(backend: Backend, known: Credential, path: str, tag: str, policy: str) -> str:
    who = known.visitor.name
    about = "\0".join((path, tag, policy, who, known.digest)).encode("utf-8", "replace")
    made = hmac.digest(backend.store.signing_key(), _CONTEXT + about, hashlib.sha256)
    return made.hex()[:40]


def _known_policy(backend: Backend, policy: str) -> None:
    """404 for a policy that there is not."""
    if policy and not backend.store.sources_of([policy]):
        raise HTTPException(404, f'There is no policy "{policy}" here.')


def _title(what: str, tag: str, policy: str) -> str:
    of = one_line(policy or (f"tag {tag}" if tag else ""))
    return f"policywatch: {what.lower()}" + (f" of {of}" if of else "")


def _base(backend: Backend, request: Request) -> str:
    """Where these pages are reached, without a slash at the end."""
    public = backend.declared().settings.web.public_url
    return (public or str(request.base_url)).rstrip("/")


def _answer(request: Request, content: bytes, media_type: str) -> Response:
    """304 where the reader has it already."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {**_CACHED, "etag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


# --- Atom ----------------------------------------------------------------------------------------


def _atom(records: list[AlertRecord], title: str, own: str, base: str) -> bytes:
    made = FeedGenerator()
    made.id(_urn(f"feed {title}"))
    made.title(_xml(title))
    made.link(href=_xml(own), rel="self", type="application/atom+xml")
    made.link(href=f"{base}/", rel="alternate", type="text/html")
    made.generator("policywatch")
    made.updated(records[0].created_at if records else datetime(1970, 1, 1, tzinfo=UTC))
    for record in records:
        _entry(made, record, base)
    return bytes(made.atom_str(pretty=True))


def _entry(made: FeedGenerator, record: AlertRecord, base: str) -> None:
    alert = record.alert
    message = compose(alert, record.created_at.date())
    entry = made.add_entry(order="append")
    entry.id(_urn(f"alert {alert.id}"))
    entry.title(_xml(message.subject))
    entry.published(record.created_at)
    entry.updated(record.created_at)
    entry.author(name=_xml(message.service))
    entry.link(href=f"{base}{_page(alert)}", rel="alternate", type="text/html")
    entry.category(term=_xml(alert.kind))
    for category in sorted({finding.category for finding in alert.findings}):
        entry.category(term=category)
    entry.content(_xml(rendering.render("entry.html", message=message)), type="html")


def _page(alert: Alert) -> str:
    if alert.kind == "expectation":
        return rendering.path("alerts", subject_of(alert))
    return page_of(alert)


def _urn(about: str) -> str:
    """A name for good: the same wherever the pages are served."""
    made = uuid.uuid5(
        uuid.NAMESPACE_URL, f"policywatch {about}".encode("utf-8", "replace").decode()
    )
    return made.urn


def _xml(text: str) -> str:
    """Words as XML can hold them."""
    return "".join(c for c in text if c in "\t\n" or c.isprintable())


# --- iCalendar -----------------------------------------------------------------------------------


def _event(found: Ahead, base: str) -> Event:
    deadline = found.deadline
    lines = [deadline.counted, deadline.cite]
    lines += [f"Also: {one.source}: {one.counted}" for one in deadline.also]
    return Event(
        key=f"{found.cause.id}\n{deadline.kind}",
        day=deadline.until,
        at=found.cause.at,
        summary=f"{one_line(found.service) or found.policy}: {one_line(found.what)}",
        description="\n".join(one_line(line) for line in lines if line),
        url=base + rendering.path(*place_of(found)),
    )
