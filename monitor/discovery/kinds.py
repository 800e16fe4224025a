"""Which kind of policy a link names, by its words and its address. Pure; the words are kinds.toml.

Link texts are short and alike everywhere, so a table of names in five languages finds nearly all;
what a page really is, its own text says later (monitor.discovery.looking).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from monitor.config import PolicyType

#: What a link may lead to: a policy of a type, or a page with links to policies.
Kind = PolicyType | Literal["hub"]
_POLICY_KINDS: tuple[PolicyType, ...] = ("privacy", "terms", "dpa", "subprocessors", "cookies")
#: A link text longer than this is a sentence or a teaser, and its words are no name.
_LONGEST_NAME = 8
_LOCALE = re.compile(r"[a-z]{2}(?:[-_][a-z]{2,4})?", re.IGNORECASE)
_ENDING = re.compile(r"\.(?:html?|php|aspx?|jsp|pdf|md|txt)$")
#: What speaks of policies without being one: news, help, jobs.
_ASIDE = frozenset(
    {"blog", "news", "press", "help", "support", "careers", "jobs", "events", "docs", "article",
     "articles", "community", "forum", "case-studies", "customers", "product", "products",
     "solutions", "resources", "guides", "search", "login", "signin", "signup", "archive",
     "archived", "previous", "versions"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Named:
    """What a link seems to lead to; ``sure`` from 2 (the address ends so) to 4 (the very name)."""

    kind: Kind
    sure: int


@dataclass(frozen=True, slots=True)
class _Words:
    names: frozenset[str]
    segments: frozenset[str]
    well_known: tuple[str, ...]


def kind_of_link(words: str, url: str) -> Named | None:
    """What a link with these words to this address leads to; None for nothing of ours."""
    text = _plain(words)
    segments = segments_of(url)
    best: Named | None = None
    for kind, known in _table().items():
        sure = _sureness(text, segments, known)
        if sure and (best is None or sure > best.sure):
            best = Named(kind, sure)
    if best and best.kind != "hub" and not _ASIDE.isdisjoint(segments[:-1]) and best.sure < 4:
        return None
    return best


def well_known(kind: Kind) -> tuple[str, ...]:
    """Paths under which a policy of a kind often lies, the likeliest first."""
    return _table()[kind].well_known


def policy_kinds() -> tuple[PolicyType, ...]:
    """The types that are looked for, in the order in which they are listed."""
    return _POLICY_KINDS


def segments_of(url: str) -> tuple[str, ...]:
    """The path's segments in lower case, without a locale at the beginning and a file's ending."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return ()
    found = [_ENDING.sub("", unquote(s).lower()) for s in path.split("/") if s]
    while found and _LOCALE.fullmatch(found[0]) and len(found) > 1:
        found.pop(0)
    return tuple(found)


def _sureness(text: str, segments: tuple[str, ...], known: _Words) -> int:
    """4: named so; 3: a name of several words in a short text; 2: the address ends so."""
    count = len(text.split())
    by_text = 4 if text in known.names else 0
    if not by_text and 0 < count <= _LONGEST_NAME:
        longest = max(
            (name for name in known.names if f" {name} " in f" {text} "), key=len, default=""
        )
        by_text = 3 if len(longest.split()) > 1 else 0
    by_path = 2 if segments and segments[-1] in known.segments else 0
    return max(by_text, by_path)


def _plain(words: str) -> str:
    """Lower case without accents; everything that is no letter or digit is a space."""
    apart = unicodedata.normalize("NFKD", words.casefold())
    letters = "".join(c for c in apart if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", letters).split())


@cache
def _table() -> dict[Kind, _Words]:
    tables = tomllib.loads((Path(__file__).parent / "kinds.toml").read_text(encoding="utf-8"))
    kinds: tuple[Kind, ...] = (*_POLICY_KINDS, "hub")
    return {
        kind: _Words(
            frozenset(tables[kind]["names"]),
            frozenset(tables[kind]["segments"]),
            tuple(tables[kind]["well_known"]),
        )
        for kind in kinds
    }
