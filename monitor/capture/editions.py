"""Telling the regional editions of one policy by the companies they name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from monitor.capture.profile import Profile, words_of

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

#: Clauses that share more of their words than this are taken for the same sentence.
_ALIKE = 0.6


def other_entity(old: Profile, new: Profile) -> tuple[str, str] | None:
    """A company that gave way to its sister in another country, throughout: (before, after).

    Both begin with the same word, their legal forms belong to different countries, neither stands
    in the other text, and some clause is the same but for the company.
    """
    lost, won = old.clauses.keys() - new.clauses.keys(), new.clauses.keys() - old.clauses.keys()
    for (first, country), before in sorted(_companies(lost).items()):
        for (other_first, other_country), after in sorted(_companies(won).items()):
            sisters = first == other_first and country != other_country
            if not sisters or before in new.document.text or after in old.document.text:
                continue
            if _in_the_place_of(lost, before, won, after):
                return before, after
    return None


def _in_the_place_of(lost: Iterable[str], before: str, won: Iterable[str], after: str) -> bool:
    """Whether a clause that names one company has a twin that names the other."""
    twins = [set(words_of(text.replace(after, ""))) for text in won if after in text]
    for text in lost:
        words = set(words_of(text.replace(before, ""))) if before in text else set()
        if any(len(words & twin) > _ALIKE * len(words | twin) for twin in twins):
            return True
    return False


def _companies(texts: Iterable[str]) -> dict[tuple[str, str], str]:
    """Each company named by (first word, country of its legal form), as it is written."""
    found: dict[tuple[str, str], str] = {}
    for match in _NAMED.finditer(" \n".join(sorted(texts))):
        first = match.group(1).split()[0].strip(",").lower()
        country = _FORMS[match.group(2).replace(".", "").lower()]
        found.setdefault((first, country), match.group())
    return found
