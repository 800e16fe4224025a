"""Captured pages as a web archive (WARC 1.1, ISO 28500), for the tools that archivists use.

Written by warcio (extra "warc"). Per page: a `response` record, or a `revisit` where the same bytes
came from that address before; per version, a `conversion` record with the text that was compared.
Records have ids that follow from what they hold, so the same pages make the same records.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from importlib import metadata
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from monitor.errors import ConfigError
from store import PartRecord, Store, VersionRecord

if TYPE_CHECKING:
    from warcio.warcwriter import WARCWriter

_MISSING = (
    "WARC needs warcio, which is not installed here: pip install 'policywatch[warc]'. "
    "`policywatch export evidence` needs nothing more"
)
_VERSION = "WARC/1.1"
_IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
#: True of the bytes on the line, and not of what is stored: they were decoded on arrival.
_OF_THE_LINE = frozenset({"content-encoding", "content-length", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Capture:
    """A version with the pages that made it, each a part with its bytes."""

    version: VersionRecord
    pages: tuple[tuple[PartRecord, bytes], ...]
    text: str


@dataclass(frozen=True, slots=True)
class Written:
    """How many records of each kind a file holds, beside its `warcinfo`."""

    responses: int
    revisits: int
    texts: int


def captured(store: Store, version: VersionRecord) -> Capture | None:
    """What made a version; None where its pages are not kept: imported, or let go."""
    if version.snapshot is None:
        return None
    parts = store.snapshot(version.snapshot).parts
    if not all(store.has_blob(part.body_digest) for part in parts):
        return None
    pages = tuple((part, store.blob(part.body_digest)) for part in parts)
    return Capture(version, pages, store.version_text(version.policy, version.number))


def write_warc(captures: Iterable[Capture], policy: str, file: IO[bytes]) -> Written:
    """Write a gzipped WARC, a member a record. Raises ConfigError where warcio is missing."""
    try:
        from warcio.warcwriter import WARCWriter
    except ImportError as error:
        raise ConfigError(_MISSING) from error
    return _File(WARCWriter(file, gzip=True, warc_version=_VERSION)).write(captures, policy)


class _File:
    """One file while it is written. It remembers which bytes an address has sent before."""

    def __init__(self, writer: WARCWriter) -> None:
        self._writer = writer
        self._seen: dict[tuple[str, str], tuple[str, str]] = {}  # to record id and date
        self._counts = {"response": 0, "revisit": 0, "conversion": 0}

    def write(self, captures: Iterable[Capture], policy: str) -> Written:
        info = {
            "software": f"policywatch/{metadata.version('policywatch')}",
            "format": "WARC File Format 1.1",
            "description": f"pages captured for the policy {policy}; bytes as decoded on arrival",
        }
        self._writer.write_record(self._writer.create_warcinfo_record(f"{policy}.warc.gz", info))
        for capture in captures:
            ids = [self._page(part, content) for part, content in capture.pages]
            self._text(capture, ids[0])
        return Written(*self._counts.values())

    def _page(self, part: PartRecord, content: bytes) -> str:
        """A page's record; answers the id of the record that holds its bytes."""
        at = _date(part.fetched_at)
        identity = _identity("page", part.final_url, at, part.body_digest)
        key = (part.final_url, part.body_digest)
        known = self._seen.setdefault(key, (identity, at))
        more = {
            "WARC-Record-ID": identity,
            "WARC-Date": at,
            "WARC-Payload-Digest": f"sha256:{part.body_digest}",
        }
        if known[0] == identity:
            self._add("response", part.final_url, more, content, part)
        else:
            more |= {
                "WARC-Profile": _IDENTICAL,
                "WARC-Refers-To": known[0],
                "WARC-Refers-To-Target-URI": part.final_url,
                "WARC-Refers-To-Date": known[1],
            }
            self._add("revisit", part.final_url, more, b"", part)
        return known[0]

    def _text(self, capture: Capture, source: str) -> None:
        """The text that was compared, as made from the first page and those after it."""
        first, version = capture.pages[0][0], capture.version
        words = ("text", version.policy, str(version.number), version.text_digest)
        more = {
            "WARC-Record-ID": _identity(*words),
            "WARC-Date": _date(first.fetched_at),
            "WARC-Refers-To": source,
            "WARC-Block-Digest": f"sha256:{version.text_digest}",
        }
        self._add("conversion", first.final_url, more, capture.text.encode(), None)

    def _add(
        self,
        kind: str,
        url: str,
        more: Mapping[str, str],
        content: bytes,
        part: PartRecord | None,
    ) -> None:
        record = self._writer.create_warc_record(
            url,
            kind,
            payload=BytesIO(content),
            length=len(content),
            warc_content_type="" if part else "text/markdown; charset=utf-8",
            warc_headers_dict=dict(more),
            http_headers=_http_headers(part) if part else None,
        )
        self._writer.write_record(record)
        self._counts[kind] += 1


def _http_headers(part: PartRecord) -> Any:
    from warcio.statusandheaders import StatusAndHeaders

    try:
        reason = HTTPStatus(part.status).phrase
    except ValueError:
        reason = "Unknown"
    headers = [
        (f"X-Archive-Orig-{name}" if name.lower() in _OF_THE_LINE else name, _one_line(value))
        for name, value in part.headers
    ]
    return StatusAndHeaders(f"{part.status} {reason}", headers, protocol="HTTP/1.1")


def _one_line(value: str) -> str:
    """A header can hold no other header, whatever a server once managed to send."""
    return re.sub(r"[\x00-\x1f\x7f]", " ", value)


def _date(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _identity(*words: str) -> str:
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, ' '.join(words))}>"
