"""What sort of document a text is: a notice about data, or terms in which data is one topic.

Names and headings mislead (the head of most terms points to the privacy policy, and many notices
begin with a shop's menu); how often a text speaks of people's data does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.findings.changes import Change, Passage, Stream
from monitor.findings.evidence import cue_found, cue_places
from monitor.lexicon import Lexicon
from monitor.model import Document
from monitor.segmentation import plain

_HEAD = 400
_TITLE = 150
_READ = 40_000
_FEW_WORDS = 150
#: Of 1,000 words of a privacy or cookie notice, at least so many speak of data or cookies; of
#: terms, fewer (the labelled pairs of benchmarks/semantics.py: notices 17 to 60, terms 1 to 16).
_OF_A_THOUSAND = 16
#: Of 1,000 words of rules of conduct so many are about what is forbidden (there 13 to 47, in
#: terms 0 to 11).
_FORBIDDEN_OF_A_THOUSAND = 12
#: Of an overhauled document this share of the words stands in changed passages, on both sides.
_ANEW, _LEAST_ANEW = 0.4, 200


def is_code_of_conduct(document: Document, lexicon: Lexicon) -> bool:
    """Whether terms are rules for what users may do: community guidelines, acceptable use."""
    text = _beginning(document)
    if cue_found("code", document.title or text[:_TITLE], lexicon.language):
        return True
    forbidden = cue_places("forbids", text, lexicon.language)
    return 1000 * forbidden >= _FORBIDDEN_OF_A_THOUSAND * len(text.split())


def is_overhauled(changes: Sequence[Change], streams: tuple[Stream, Stream]) -> bool:
    """Whether much of a document was written anew: passages of so many words changed."""
    before, after = streams
    return _anew((change.before for change in changes), before) and _anew(
        (change.after for change in changes), after
    )


def _anew(passages: Iterable[Passage | None], stream: Stream) -> bool:
    words = sum(len(passage.words) for passage in passages if passage is not None)
    return words >= max(_LEAST_ANEW, _ANEW * stream.length)


def is_privacy_notice(document: Document, lexicon: Lexicon) -> bool:
    """Whether a text is mainly about personal data; a few sentences are judged by their head."""
    text = _beginning(document)
    words = len(text.split())
    if words < _FEW_WORDS:
        return cue_found("privacy", document.title or text[:_HEAD], lexicon.language)
    spoken = sum(cue_places(cue, text, lexicon.language) for cue in ("data", "cookies"))
    return 1000 * spoken >= _OF_A_THOUSAND * words


def _beginning(document: Document) -> str:
    """The plain text of the first clauses, which alignment stripped of markup already."""
    read, length = [], 0
    for clause in document.clauses:
        read.append(plain(clause.text).text)
        length += len(read[-1])
        if length > _READ:
            break
    return "\n".join(read)
