"""Languages as data: one TOML file each, and what can be asked of it.

``load("it")`` gives a :class:`Lexicon`; adding a language means adding a file (docs/vocabulary.md).
"""

from monitor.lexicon.lexicon import Condition, Hits, Lexicon, Term, guess_language, load
from monitor.lexicon.numbers import Age, Day, Duration
from monitor.lexicon.pack import (
    TERM_KINDS,
    Vocabulary,
    function_words,
    known_group,
    languages,
    vocabulary,
)
from monitor.lexicon.phrases import Hit

__all__ = [
    "TERM_KINDS", "Age", "Condition", "Day", "Duration", "Hit", "Hits", "Lexicon", "Term",
    "Vocabulary", "function_words", "guess_language", "known_group", "languages", "load",
    "vocabulary",
]  # fmt: skip
