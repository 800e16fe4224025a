"""Which language a text is in: what the page claims, checked against the words it uses."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_CODE = re.compile(r"[a-z]{2}(?=$|[-_])")
_MARKUP = re.compile(r"\]\([^)]*\)|https?://\S+|[#*|\[\]_>-]+")
_SAMPLE_CHARS = 3000
_ENOUGH_CHARS = 200
_SURE = 0.35


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    """An identifier of our own: the library's module-level one can be changed by anyone."""
    # Imported late: the model and numpy take most of a second, which a command line may not need.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def language_of(text: str, claimed: str = "") -> str:
    """The ISO 639-1 code of a text's language, or "" where nothing can be said.

    The page's own claim (a ``lang`` attribute) stands for short texts; a long text in clearly
    another language wins against it, since templates are often left at ``lang="en"``.
    """
    match = _CODE.match(claimed.strip().lower())
    claim = match[0] if match else ""
    sample = _MARKUP.sub(" ", _sample(text))
    letters = sum(char.isalpha() for char in sample)
    if letters < 20:
        return claim
    guess, confidence = identified(sample)
    if len(guess) != 2:
        return claim
    if claim and (letters < _ENOUGH_CHARS or confidence < _SURE):
        return claim
    return guess


@lru_cache(maxsize=256)
def identified(sample: str) -> tuple[str, float]:
    """The code of the language that words are most likely in, and how likely, from 0 to 1."""
    code, confidence = _identifier().classify(sample.encode("utf-8", "replace").decode("utf-8"))
    return str(code), float(confidence)


def _sample(text: str) -> str:
    """A stretch from the middle: the top of a page is where foreign words of menus stand."""
    if len(text) <= _SAMPLE_CHARS:
        return text
    start = (len(text) - _SAMPLE_CHARS) // 2
    return text[start : start + _SAMPLE_CHARS]
