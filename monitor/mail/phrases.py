"""The phrases of vendors' mails, from phrases.toml, as patterns by language."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

from monitor.lexicon.phrases import any_of
from monitor.mail.letter import Subject

_FILE = Path(__file__).with_name("phrases.toml")
#: The documents that phrases name, in the order in which they are told.
DOCUMENTS: tuple[Subject, ...] = tuple(s for s in get_args(Subject) if s not in ("", "price"))


@dataclass(frozen=True, slots=True)
class Phrases:
    """What mails say in one language. ``documents`` find each type of document by its names."""

    new: re.Pattern[str]
    own: re.Pattern[str]
    start: re.Pattern[str]
    until: re.Pattern[str]
    before: re.Pattern[str]
    from_mail: re.Pattern[str]
    in_before: re.Pattern[str]
    unsubscribe: re.Pattern[str]
    receipt: re.Pattern[str]
    newsletter: re.Pattern[str]
    account: re.Pattern[str]
    documents: Mapping[Subject, re.Pattern[str]]


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@cache
def phrases(language: str) -> Phrases:
    """The phrases of a language (ISO 639-1); English where there are none."""
    table = _tables().get(language) or _tables()["en"]
    documents: dict[Subject, re.Pattern[str]] = {
        kind: any_of(table[str(kind)]) for kind in DOCUMENTS
    }
    told = {name: any_of(table[name]) for name in Phrases.__annotations__ if name != "documents"}
    return Phrases(**told, documents=documents)


#: The fields above a forwarded mail, as programs write them in any language: label -> field.
FIELDS: Mapping[str, str] = {
    label.casefold(): field
    for field, labels in _tables()["forward"].items()
    for label in sorted(labels, key=len, reverse=True)
}
