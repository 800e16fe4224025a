"""Companies' names: where one ends, its legal form, and whether two of them are the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from monitor.canonical import tokens
from monitor.lexicon import function_words
from monitor.subprocessors.vocabulary import formerly, legal_forms, speaks_of

_MOST_WORDS = 9
_CONNECTORS = frozenset(
    [
        "and",
        "of",
        "the",
        "for",
        "de",
        "du",
        "des",
        "di",
        "del",
        "della",
        "dei",
        "la",
        "le",
        "les",
        "von",
        "und",
        "der",
        "die",
        "das",
        "da",
        "do",
        "y",
        "e",
        "et",
        "&",
        "+",
        "|",
        "van",
    ]
)
_OTHER_PAGES = re.compile(
    r"\b(?:privacy|policy|policies|terms|cookies?|agreement|addendum|dpa|home|contact|imprint|"
    r"datenschutz\w*|impressum|agb|informativa|condizioni|contratto|politique|conditions|mentions|"
    r"confidentialité|política|privacidad|términos|aviso)\b",
    re.IGNORECASE,
)
_TRAILING = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]\s*$")
_WORD = re.compile(r"[^\W_][\w.'’&+-]*")
_MARKS = re.compile(r"[*†‡¹²³⁴⁵]+$|\[\d+\]$")


@dataclass(frozen=True, slots=True)
class Name:
    """A company's name taken apart.

    ``words`` are its canonical words without the legal form, ``form`` that form under its one
    name ("" if there is none), ``former`` the canonical words of the name it had before.
    """

    written: str
    words: tuple[str, ...]
    form: str = ""
    former: tuple[str, ...] = ()

    @property
    def full(self) -> tuple[str, ...]:
        """What tells this entity from its sisters of other legal forms."""
        return (*self.words, self.form.casefold()) if self.form else self.words


@lru_cache(maxsize=1)
def _forms() -> tuple[re.Pattern[str], dict[str, str]]:
    names = {_bare(way): form for way, form in legal_forms()}
    ways = {variant for way, _ in legal_forms() for variant in (way, way.upper())}
    bodies = [re.escape(w).replace(r"\ ", r"\s+") for w in sorted(ways, key=len, reverse=True)]
    return re.compile(rf"(?:,\s*|\s+)({'|'.join(bodies)})\.?(?![\w&])"), names


def _bare(form: str) -> str:
    return re.sub(r"[.\s&]+", "", form).casefold()


def form_end(text: str, start: int = 0) -> int:
    """Where the first legal form of a text ends; -1 if there is none."""
    found = _forms()[0].search(text, start)
    if found is None:
        return -1
    following = _forms()[0].match(text, found.end())
    return following.end() if following else found.end()


def companies_in(text: str) -> list[tuple[int, int]]:
    """Where companies with a legal form are named in a sentence: half-open ranges."""
    found: list[tuple[int, int]] = []
    start = 0
    while (end := form_end(text, start)) >= 0:
        words = list(re.finditer(r"[^\s(),;:]+", text[start:end]))
        first = len(words)
        for word in reversed(words):
            known = word.group().casefold() in ("&", "and", "of", "und", "et")
            if not known and not _capital(word.group()):
                break
            first -= 1
            if text[start + word.start() - 1 : start + word.start()] in (",", ";", "("):
                break
        if first < len(words):
            found.append((start + words[first].start(), end))
        start = end
    return found


def begins_with_form(text: str) -> bool:
    """Whether a piece of text behind a comma still belongs to a name: "Inc. (USA)"."""
    return _forms()[0].match(f" {text.strip()}") is not None


@lru_cache(maxsize=4096)
def name_of(written: str) -> Name:
    """Take a name apart."""
    text = _MARKS.sub("", " ".join(written.split())).strip(" ,;:–—-")
    former: tuple[str, ...] = ()
    while trailing := _TRAILING.search(text):
        inside = trailing[1]
        cue = formerly().match(inside)
        if cue:
            former = name_of(inside[cue.end() :].strip(" :\"'“”„«»")).words
        text = text[: trailing.start()]
    pattern, forms = _forms()
    found = list(pattern.finditer(text))
    form = forms[_bare(found[-1][1])] if found else ""
    if found:
        text = text[: found[-1].start()] + " " + text[found[-1].end() :]
    words = tuple(word for word in tokens(text) if word not in ("and", "und", "the"))
    return Name(written, words or tokens(written), form, former)


def looks_like_name(text: str) -> bool:
    """Whether a text can be a company's name: a few words, all of them capitalized."""
    text = text.strip()
    if not text or text[-1] in ":?!" or len(text) > 120:
        return False
    words = _WORD.findall(text)
    if not words or len(words) > _MOST_WORDS or not any(c.isalpha() for c in text):
        return False
    if form_end(text) >= 0:
        return text[0].isalnum()
    if speaks_of("list", text) or _OTHER_PAGES.search(text) or text[-1] == ".":
        return False
    first = words[0].casefold()
    if len(words) > 1 and any(first in known for known in function_words().values()):
        return False
    return all(_capital(word) or word.casefold() in _CONNECTORS for word in words) and (
        _capital(words[0])
    )


def _capital(word: str) -> bool:
    return word[0].isupper() or word[0].isdigit() or any(c.isupper() for c in word[1:])
