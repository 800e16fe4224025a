"""A policy as a table of the configuration, proposed from what was seen of its page. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from monitor.config import Policy, PolicyType
from monitor.discovery.looking import Preview
from monitor.domains import registrable

_LONGEST_ID = 60


@dataclass(frozen=True, slots=True)
class Looked:
    """An address that somebody wants to watch: what it would be, or why it could not be had."""

    url: str
    preview: Preview | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The table for an address; ``why`` is what speaks against it.

    With a table and a ``why`` the gate doubts the page, and somebody has to decide; without a table
    it cannot be added.
    """

    url: str
    table: Mapping[str, Any] | None
    why: str = ""


def proposals(
    looked: Iterable[Looked], policies: Collection[Policy], given: Mapping[str, Any]
) -> list[Proposal]:
    """What to declare for each address, in their order.

    ``policies`` are those watched already; ``given`` keys of ``[[policy]]`` that somebody chose.
    """
    ids = {policy.id for policy in policies}
    watched = {url: policy.id for policy in policies for url in policy.all_urls}
    made = []
    for each in looked:
        if each.url in watched:
            why = f'is watched already, as "{watched[each.url]}"'
            made.append(Proposal(each.url, None, why))
        elif each.preview is None:
            made.append(Proposal(each.url, None, each.problem))
        elif given.get("id") in ids:
            why = f'the id "{given["id"]}" is in use; choose another'
            made.append(Proposal(each.url, None, why))
        else:
            doubts = "; ".join(each.preview.doubts)
            table = declaration(each.preview, ids, **given)
            ids.add(table["id"])
            watched[each.url] = table["id"]
            made.append(
                Proposal(each.url, table, f"looks like no policy ({doubts})" if doubts else "")
            )
    return made


def declaration(preview: Preview, known: Collection[str], **given: Any) -> dict[str, Any]:
    """``[[policy]]`` for a page: id, service, type, url, language; ``given`` goes before all that.

    ``known`` are ids in use: the proposed one is none of them. Empty values are left out.
    """
    service = given.get("service") or preview.site or service_of(preview.url)
    kind = given.get("type") or preview.type
    proposed = {
        "id": given.get("id") or free_id(service, kind, known),
        "service": service,
        "type": kind,
        "url": preview.url,
        "language": "" if preview.language == "en" else preview.language,
    }
    table = {**proposed, **{key: value for key, value in given.items() if value}}
    return {key: value for key, value in table.items() if value}


def free_id(service: str, kind: PolicyType, known: Collection[str]) -> str:
    """An id such as "harbour-loom-privacy" that is not in use."""
    base = f"{slug(service) or 'policy'}-{kind}"[:_LONGEST_ID]
    number, name = 1, base
    while name in known:
        number += 1
        name = f"{base}-{number}"
    return name


def service_of(url: str) -> str:
    """A name for whoever runs a site, from its domain: "harbourloom.example" is "Harbourloom"."""
    host = urlsplit(url).hostname or ""
    label = (registrable(host) or host).split(".")[0]
    return label.replace("-", " ").title() if not label.isdigit() else host


def slug(text: str) -> str:
    """Letters, digits and hyphens."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")
