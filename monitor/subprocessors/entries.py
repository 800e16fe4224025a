"""One entry of a list, taken apart: "Northwind Hosting Ltd (Ireland), for backups"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from monitor.plain_text import plain
from monitor.subprocessors.names import form_end, looks_like_name
from monitor.subprocessors.places import is_address, is_place, places_in, stated_places
from monitor.subprocessors.vocabulary import Column, formerly, label_of, speaks_of

_LINK = re.compile(r"\[([^\[\]\n]{1,200})\]\(\s*<?([^()\s>]+)[^()\n]*\)")
_LEADING = re.compile(r"\s*(?:(\*\*|__)(.{1,120}?)\1|\[([^\[\]\n]{1,120})\]\([^()\s]+\))(?!\w)")
_SEPARATOR = re.compile(r"\s+[–—|-]\s+|\s*[:;|\n]\s*|,\s+|\s*\(|\s*[–—]\s+|\.\s+(?=[A-ZÀ-Ý])")
_PIECES = re.compile(r"\s+[–—|-]\s+|[;|\n()]|:\s+|,\s+|\.\s+(?=[A-ZÀ-Ý])")
_LABELLED = re.compile(
    r"[\n;|]+|,\s+(?=[^\W\d_][\w ./-]{1,40}:\s)|\.\s+(?=[^\W\d_][\w ./-]{1,40}:\s)"
)
_GLUE = re.compile(
    r"^(?:used\s+)?(?:for|to|per|pour|für|para|zur|zum|als|as|which|che|qui|que|die|der)\s+", re.I
)
_JOINED = re.compile(r"\s(?:&|and|und|et|e|y)\s")
_LONGEST = 2000
_EDGES = " \t\n.,;:–—-()*_"


@dataclass(frozen=True, slots=True)
class Entry:
    """What one entry says. ``detail`` is how it writes the place, ``text`` all of its words."""

    name: str
    places: tuple[str, ...] = ()
    purpose: str = ""
    url: str = ""
    role: str = ""
    detail: str = ""
    text: str = ""
    labelled: bool = False

    @property
    def evident(self) -> bool:
        """Whether more than the look of its name says that this is a company."""
        return bool(self.places or self.labelled or form_end(self.name) >= 0 or self.url)


@dataclass
class Draft:
    """An entry in the making: pieces by the kind of column they belong to."""

    name: str = ""
    url: str = ""
    pieces: dict[Column, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    labelled: bool = False

    def add(self, kind: Column, text: str) -> None:
        """Put a piece where it belongs."""
        text = " ".join(text.split()).strip(" ,;*_") if kind != "place" else text.strip(" ,;*_")
        if text and text not in self.pieces.setdefault(kind, []):
            self.pieces[kind].append(text)

    def take_label(self, line: str) -> bool:
        """Take a labelled line; whether it was one."""
        labelled = label_of(line)
        if labelled is None:
            return False
        kind, value = labelled
        if kind == "name" and not self.name:
            self.name = value
        else:
            self.add(kind, value)
        self.labelled = True
        return True

    def take_rest(self, text: str) -> None:
        """Take words that follow a name: pieces that are places, the others the purpose."""
        rest: list[str] = []
        pieces = [piece.strip(_EDGES) for piece in _PIECES.split(text)]
        pieces = [piece for piece in pieces if piece]
        for number, piece in enumerate(pieces):
            following = next((p for p in pieces[number + 1 :] if not is_address(p)), "")
            near = is_place(following) or (number > 0 and is_place(pieces[number - 1]))
            if is_place(piece) or (is_address(piece) and near):
                self.add("place", piece)
            elif formerly().match(piece):
                self.name = f"{self.name} ({piece})"
            else:
                rest.append(_GLUE.sub("", piece))
        if rest:
            self.add("purpose", ", ".join(rest))

    def entry(self) -> Entry:
        """The entry as it stands."""
        detail = ", ".join(self.pieces.get("place", ()))
        purpose = "; ".join(self.pieces.get("purpose", ()))
        places = stated_places(detail) if detail else ()
        if not places:
            places = tuple(dict.fromkeys(place.name for place in places_in(purpose)))
        role = " ".join(self.pieces.get("role", ()))
        return Entry(
            " ".join(self.name.split()).strip(" ,;:–—-*_"), places, purpose, self.url, role, detail,
            " ".join(self.texts), self.labelled,
        )  # fmt: skip


def link_in(raw: str) -> str:
    """The first address that a raw text links to, "" if there is none."""
    found = _LINK.search(raw)
    return found[2] if found else ""


def bare(raw: str) -> str:
    """A raw text without markup; its line breaks stay."""
    return "\n".join(words for line in raw.split("\n") if (words := plain(line).text))


def read_entry(raw: str) -> Entry | None:
    """The entry that a list item or a paragraph makes; None if it begins with no name."""
    draft = draft_of(raw)
    return draft.entry() if draft and looks_like_name(draft.name) else None


def draft_of(raw: str) -> Draft | None:
    """An entry read from words that are not in columns, or None (also if it is far too long)."""
    if len(raw) > _LONGEST:
        return None
    text = bare(raw)
    draft = Draft(url=link_in(raw), texts=[" ".join(text.split())])
    lead = _lead(raw, text)
    segments = [part for part in _LABELLED.split(text[len(lead) :]) if part.strip(_EDGES)]
    if lead:
        draft.name, rest = _cut(lead.strip(" :."))
        segments.insert(0, rest)
    elif segments and not draft.take_label(segments[0]):
        name, rest = _cut(segments[0].strip())
        draft.name, segments[0] = _behind(name, rest, draft)
    elif segments:
        del segments[0]
    for part in segments:
        if not draft.take_label(part.strip(" ,;.–—-")):
            draft.take_rest(part)
    return draft if draft.name else None


def _lead(raw: str, text: str) -> str:
    """The words at the beginning that are set in bold or linked, if they begin with a name."""
    found = _LEADING.match(raw)
    if found is None:
        return ""
    words = plain(found[2] or found[3]).text
    if label_of(text.split("\n", 1)[0]) or not text.startswith(words):
        return ""
    return words if looks_like_name(_cut(words.strip(" :."))[0]) else ""


def _cut(text: str) -> tuple[str, str]:
    """A name and what follows it: up to the first separator, a legal form behind it included."""
    cut = _SEPARATOR.search(text)
    if cut is None:
        return text, ""
    end = form_end(text)
    if end > cut.start():
        between = text[cut.end() : end]
        closing = text.find(")", cut.start(), end)
        joined = cut.group().strip() == "," and _JOINED.search(between)
        inside = cut.group().strip() == "(" and closing > 0 and _is_form(text[closing + 1 : end])
        if _is_form(between) or joined or inside:
            return text[:end], text[end:]
    return text[: cut.start()], text[cut.start() :]


def _is_form(text: str) -> bool:
    """Whether a text is a legal form and nothing else: "Alder, Inc.", "Alder (Ireland) Ltd"."""
    form = text.strip()
    return bool(form) and form_end(f"- {form}") == len(form) + 2 and not form_end(form) > 0


def _behind(head: str, rest: str, draft: Draft) -> tuple[str, str]:
    """The name behind a purpose or a place: "Hosting: Northwind Ltd", "Ireland: Northwind"."""
    separator = _SEPARATOR.match(rest)
    if separator is None or form_end(head) >= 0:
        return head, rest
    name, following = _cut(rest[separator.end() :])
    company = form_end(name) >= 0 and looks_like_name(name)
    if is_place(head) and looks_like_name(name):
        draft.add("place", head)
    elif company and separator.group().strip() in (":", "–", "—", "-"):
        draft.add("purpose", head)
    else:
        return head, rest
    return name, following


def role_of(*texts: str) -> Literal["subprocessor", "affiliate"]:
    """ "affiliate" where one of the texts says so."""
    affiliate = any(speaks_of("affiliate", text) for text in texts if text)
    return "affiliate" if affiliate else "subprocessor"


def split_names(cell: str) -> Iterator[str]:
    """The companies of one cell: several only where each part ends in a legal form."""
    parts = [part.strip() for part in re.split(r"[;\n]", cell) if part.strip()]
    if len(parts) > 1 and all(form_end(part) == len(part) for part in parts):
        yield from parts
    else:
        yield cell
