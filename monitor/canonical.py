"""What two texts must share to be the same words: the form in which clauses are compared.

Case, quotes, dashes, white space, punctuation, numbering, link targets, e-mail obfuscation and the
dates of "last updated" lines are not words. Numbers, negations and names are.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_MONTHS = (
    r"jan(?:uary|v(?:ier)?|uar)?|feb(?:ruary|bruar|braio|rero)?|f[ée]vr?(?:ier)?|mar(?:ch|s|zo)?|"
    r"märz|apr(?:il|ile)?|avr(?:il)?|abr(?:il)?|may|mai|mayo|mag(?:gio)?|jun[ei]?|juin|junio|"
    r"giu(?:gno)?|jul[iy]?|juil(?:let)?|julio|lug(?:lio)?|aug(?:ust)?|ao[ûu]t|ago(?:sto)?|"
    r"sep(?:t(?:ember|embre|iembre)?)?|set(?:tembre)?|oct(?:ober|obre|ubre)?|okt(?:ober)?|"
    r"ott(?:obre)?|nov(?:ember|embre|iembre)?|dec(?:ember)?|déc(?:embre)?|dez(?:ember)?|"
    r"dic(?:embre|iembre)?|ene(?:ro)?|gen(?:naio)?"
)
DATE = re.compile(
    rf"\b(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}(?:t[\d:+.z-]+)?|\d{{1,2}}\s?[-/.]\s?\d{{1,2}}\s?[-/.]\s?\d{{2,4}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|º|°|\.)?\s+(?:of\s+|de\s+|di\s+)?(?:{_MONTHS})\.?,?(?:\s+(?:de\s+|del\s+)?\d{{4}})?"
    rf"|(?:{_MONTHS})\.?\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?|(?:{_MONTHS})\.?,?\s+(?:de\s+)?\d{{4}}"
    r"|\d{1,3}\s+\w{3,8}\s+(?:ago|fa)|(?:il y a|vor|hace)\s+\d{1,3}\s+\w{3,8}"
    r"|\d{1,2}\s*[-/]\s*\d{4})(?!\w)",
    re.IGNORECASE,
)
_STAMP = re.compile(
    r"\b(?:(?:last|latest)[ -](?:updated?|modified|modification|revised|revision|changed?|edited|"
    r"reviewed)|updated|revised|version|"
    r"date of (?:last )?(?:update|revision)|posted|published|as of|"
    r"valid from|effective|in effect|mise à jour|mis à jour|modifi[ée]e?|publié|en vigueur|"
    r"aggiornat[oa]|aggiornamento|versione|ultima modifica|revisione|in vigore|"
    r"stand|aktualisier(?:t|ung)|letzte änderung|fassung|gültig ab|"
    r"actualizad[oa]|actualización|última (?:modificación|revisión)|versión|revisado|vigente)\b",
    re.IGNORECASE,
)
_EFFECTIVE = re.compile(
    r"\b(?:effective|in effect|valid from|comes? into force|en vigueur|applicable à compter|"
    r"in vigore|efficace dal|gültig ab|in kraft|vigente|entra en vigor)\b",
    re.IGNORECASE,
)
_OBFUSCATED_AT = re.compile(
    r"\s*(?:\[\s*(?:at|chiocciola|arobase)\s*\]|\(\s*(?:at|@|chiocciola|arobase)\s*\))\s*", re.I
)
_OBFUSCATED_DOT = re.compile(
    r"\s*(?:\[\s*(?:dot|punto|point|punkt)\s*\]|\(\s*(?:dot|punto|point|punkt)\s*\))\s*", re.I
)
_SCHEME = re.compile(r"\b(?:https?://)(?:www\.)?|\bwww\.", re.IGNORECASE)
_NUMBERING = re.compile(
    r"^(?:(?:section|article|clause|art\.?|§|abschnitt|ziffer|articolo|artículo|sezione|sección)\s+)?"
    r"(?:\(?(?:\d{1,3}(?:\.\d{1,3})*|[ivxIVX]{1,5}|[a-zA-Z])[.):]{1,2}(?:\s+|(?=[A-ZÀ-Ý]))"
    r"|\d{1,3}(?:\.\d{1,3})+\s+|\d{1,2}(?=[A-ZÀ-Ý][a-zà-ý])|\d{1,2}\s+(?=[A-ZÀ-Ý][a-zà-ý]+\b(?!\s+\d{4})))"
)
_BULLETS = re.compile(r"^[\s•·▪◦○●■□‣⁃∙–—\-*⠀�]+")
_CROSS_REFERENCE = re.compile(
    r"\b(sections?|sec\.|clauses?|paragraphs?|rubriques?|sezion[ei]|punt[oi]|clausol[ae]|abschnitt|"
    r"ziffer|sección|cláusulas?|apartados?|§)\s*\(?\d{1,3}(?:\.\d{1,3})*(?:\s*\([a-z0-9]\))*",
    re.IGNORECASE,
)
_NUMBER_TWICE = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|"
    r"sixteen|eighteen|twenty(?:[- ](?:one|four|eight))?|thirty|forty(?:[- ]five)?|fifty|sixty|"
    r"seventy(?:[- ]two)?|ninety|hundred(?: and (?:eighty|twenty))?|"
    r"un[oa]?|due|tre|quattro|cinque|sei|sette|otto|nove|dieci|quindici|venti|trenta|sessanta|novanta|"
    r"deux|trois|quatre|cinq|sept|huit|neuf|dix|quinze|vingt|trente|soixante|"
    r"zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|vierzehn|fünfzehn|dreißig|sechzig|neunzig|"
    r"dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|treinta|sesenta|noventa)\s*\((\d{1,4})\)",
    re.IGNORECASE,
)  # fmt: skip
_WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+|[€$£%¥]")
_COPYRIGHT = re.compile(
    r"(?:©|\(c\)|\bcopyright\b)\s*(?:©|\(c\))?\s*(?:19|20)\d{2}(?:\s*[-–—]\s*(?:19|20)\d{2})?",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_STAMP_WORDS = 14


def is_stamp(words: str) -> bool:
    """Whether a clause only says when the document was last updated or took effect."""
    if len(words) > 400 or not _DIGIT.search(words) or not DATE.search(words):
        return False
    rest = DATE.sub(" ", words)
    left = len(_WORD.findall(rest))
    return left <= 3 or (left <= _STAMP_WORDS and bool(_STAMP.search(rest)))


def states_effect(words: str) -> bool:
    """Whether a stamp speaks of taking effect, not only of having been edited."""
    return bool(_EFFECTIVE.search(words))


def effect_place(words: str) -> int:
    """Where a stamp begins to speak of taking effect; 0 where it does not."""
    found = _EFFECTIVE.search(words)
    return found.start() if found else 0


@lru_cache(maxsize=16384)
def tokens(words: str) -> tuple[str, ...]:
    """The words of a plain text that count: lower case, no numbering, one form of numbers."""
    text = words if words.isascii() else unicodedata.normalize("NFKC", words)
    text = _BULLETS.sub("", text)
    text = _NUMBERING.sub("", text, count=1)
    if "(" in text or "[" in text:
        text = _OBFUSCATED_AT.sub("@", text)
        text = _OBFUSCATED_DOT.sub(".", text)
        text = _NUMBER_TWICE.sub(r"\1", text)
    if "www." in text or "://" in text:
        text = _SCHEME.sub("", text)
    if _DIGIT.search(text):
        text = _CROSS_REFERENCE.sub(r"\1", text)
        text = _COPYRIGHT.sub("copyright", text)
    return tuple(_WORD.findall(text.lower()))


def key(words: str) -> str:
    """The canonical form of a clause: equal keys mean that nothing was said differently.

    A line that only dates the document has the key ``<dated>``; one without words has none.
    """
    if is_stamp(words):
        return "<dated>"
    return " ".join(tokens(words))
