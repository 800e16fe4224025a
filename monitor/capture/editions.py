"""Telling the regional editions of one policy by the companies they name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from monitor.capture.profile import Profile

#: Legal forms of companies and the country (or family of countries) that knows them.
_FORMS = {
    "ltd": "gb", "limited": "gb", "plc": "gb", "llp": "gb",
    "bv": "nl", "nv": "nl",
    "gmbh": "de", "ag": "de", "kg": "de", "ug": "de",
    "inc": "us", "llc": "us", "corp": "us", "corporation": "us",
    "sas": "fr", "sarl": "fr",
    "srl": "it", "spa": "it",
    "sl": "es", "slu": "es",
    "ab": "se", "oy": "fi", "kk": "jp", "pty": "au", "ltda": "br", "uc": "ie", "dac": "ie",
}  # fmt: skip
_NAMED = re.compile(
    r"\b([A-Z][\w&'’-]*(?:[ ,]+[A-Z(][\w&'’().-]*){0,4}?),?[ ]+"
    r"(Ltd|Limited|PLC|plc|LLP|B\.?V|N\.?V|GmbH|AG|KG|UG|Inc|LLC|L\.L\.C|Corp|Corporation|"
    r"S\.?A\.?S|S\.?A\.?R\.?L|S\.?[rR]\.?[lL]|S\.?[pP]\.?A|S\.?L|S\.?L\.?U|AB|Oy|K\.?K|Pty|Ltda|"
    r"UC|DAC)\b"
)


def other_entity(old: Profile, new: Profile) -> tuple[str, str] | None:
    """A company that gave way to its sister in another country, throughout: (before, after).

    Both begin with the same word, their legal forms belong to different countries, and neither
    stands in the other text.
    """
    gone = _companies(old.clauses.keys() - new.clauses.keys())
    come = _companies(new.clauses.keys() - old.clauses.keys())
    for (first, country), before in sorted(gone.items()):
        for (other_first, other_country), after in sorted(come.items()):
            sisters = first == other_first and country != other_country
            if sisters and before not in new.document.text and after not in old.document.text:
                return before, after
    return None


def _companies(texts: Iterable[str]) -> dict[tuple[str, str], str]:
    """Each company named by (first word, country of its legal form), as it is written."""
    found: dict[tuple[str, str], str] = {}
    for match in _NAMED.finditer(" \n".join(sorted(texts))):
        first = match.group(1).split()[0].strip(",").lower()
        country = _FORMS[match.group(2).replace(".", "").lower()]
        found.setdefault((first, country), match.group())
    return found
