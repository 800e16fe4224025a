"""Telling the regional editions of one policy by the companies they name."""

from __future__ import annotations

import re

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


def other_entity(old: str, new: str) -> tuple[str, str] | None:
    """A company that gave way to its sister in another country, throughout: (before, after).

    Both begin with the same word, their legal forms belong to different countries, and neither
    stands in the other text.
    """
    before, after = _companies(old), _companies(new)
    gone = before.keys() - after.keys()
    come = after.keys() - before.keys()
    for one in sorted(gone):
        for other in sorted(come):
            if one[0] == other[0] and one[2] != other[2]:
                return before[one], after[other]
    return None


def _companies(text: str) -> dict[tuple[str, str, str], str]:
    """Each company by (first word, all words, country of its legal form), with its name."""
    found = {}
    for match in _NAMED.finditer(text):
        name, form = match.group(1), match.group(2)
        words = re.findall(r"\w+", name.lower())
        country = _FORMS[form.replace(".", "").lower()]
        found[(words[0], " ".join(words), country)] = match.group()
    return found
