"""The evidence that a capture is not the policy: each function looks for one kind of failure.

``alone`` looks at one document, ``against`` at a newer one in the light of an older. Both are used
for the gate of the daemon and for the verdict "capture" of a comparison, so that each decision is
made in one place. The thresholds were tuned on recorded histories (benchmarks/replay.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.capture.profile import Overlap, Profile, overlap, words_of
from monitor.capture.wording import wording
from monitor.model import Document

#: A text with fewer words promises nothing.
_EMPTY_WORDS = 12
#: Stand-in pages are short; beyond this many words only their title gives them away.
_SHORT_WORDS = 350
#: So many different legal terms are spoken by a policy, hardly by a page that stands in for one.
_LEGAL_TERMS = 12
_FEW_LEGAL_TERMS = 3

_STAND_INS = {
    "not_found": "a page that says the document does not exist",
    "error": "an error page",
    "blocked": "a page that keeps robots out",
    "login": "a page that asks to log in",
    "cookie_wall": "a cookie notice that hides the page",
    "javascript": "a page that asks for JavaScript or another browser",
    "maintenance": "a maintenance page",
    "loading": "a page that was still loading",
    "region": "a page that asks for a country or language",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a capture is not held to be the policy: a stable ``code`` and a readable sentence."""

    code: str
    detail: str


def alone(profile: Profile) -> tuple[Reason, ...]:
    """What is wrong with a document, whatever stood there before."""
    return tuple(_alone(profile))


def _alone(profile: Profile) -> Iterator[Reason]:
    words = profile.words
    if len(words) < _EMPTY_WORDS:
        shown = " ".join(profile.document.text.split())[:80]
        yield Reason("empty", f'almost no text was captured ("{shown}")')
        return
    kind = stand_in(profile)
    if kind:
        yield Reason(kind, f"the capture looks like {_STAND_INS[kind]}")
    elif legal_terms(profile) < _FEW_LEGAL_TERMS:
        yield Reason("no_policy", "the capture does not speak as a policy does")
    if "truncated" in profile.document.warnings:
        yield Reason("truncated", "the page was cut off before its end")


def legal_terms(profile: Profile) -> int:
    return wording(profile.document.language).legal_terms(profile.vocabulary)


def stand_in(profile: Profile) -> str:
    """The kind of page that stands in for the policy, or "".

    Phrases in the title or a short heading weigh most. On a page without such a title they count
    only if the page is short and poor in legal terms: a policy may speak of errors and logins.
    """
    spoken = wording(profile.document.language)
    titles = [words_of(profile.document.title), *profile.headings[:3]]
    titled = [spoken.hits(title) for title in titles if 0 < len(title) <= 10]
    kinds = [kind for hits in titled for kind in hits if kind != "cookie_wall"]
    terms = legal_terms(profile)
    if kinds and terms < _LEGAL_TERMS:
        return kinds[0]
    if len(profile.words) > _SHORT_WORDS:
        return ""
    hits = spoken.hits(profile.words)
    if len(hits.get("cookie_wall", ())) >= 2 and not _titled_as_policy(profile):
        return "cookie_wall"
    if terms >= _LEGAL_TERMS or not hits:
        return ""
    kind = max(hits, key=lambda kind: len(hits[kind]))
    needed = 1 if len(profile.words) < 60 else 2 if kind != "login" else 3
    return kind if len(hits[kind]) >= needed else ""


def _titled_as_policy(profile: Profile) -> bool:
    spoken = wording(profile.document.language)
    return any(spoken.legal_terms(heading) for heading in profile.headings)


def against(old: Profile, new: Profile) -> tuple[Reason, ...]:
    """What is wrong with the newer document, in the light of the older one."""
    return tuple(_against(old, new, overlap(old, new)))


def _against(old: Profile, new: Profile, both: Overlap) -> Iterator[Reason]:
    if _other_language(old, new, both):
        yield Reason(
            "language",
            f"the language changed from {old.document.language} to {new.document.language}",
        )
    if both.ratio < 0.12 or (both.ratio < 0.35 and both.shared > 0.8):
        yield Reason("collapsed", f"only {both.ratio:.0%} of the former length is left")
    elif both.ratio < 0.7 and both.shared > 0.93 and both.kept < 0.7:
        yield Reason(
            "cut", f"the text is a piece ({both.kept:.0%}) of the former one, with nothing new"
        )
    elif both.kept < 0.03 and both.shared < 0.03 and both.vocabulary < 0.35:
        yield Reason("other_document", "the text has almost nothing in common with the former one")


def _other_language(old: Profile, new: Profile, both: Overlap) -> bool:
    one, other = old.document.language, new.document.language
    return bool(one and other and one != other and both.kept < 0.2 and both.shared < 0.2)


def barely_extracted(document: Document) -> tuple[Reason, ...]:
    """Whether extraction lost most of what a reader of the page could see."""
    if document.visible_chars < 2000:
        return ()
    share = len(document.text) / document.visible_chars
    if share >= 0.08:
        return ()
    return (
        Reason("extraction", f"only {share:.0%} of the page's visible text was taken as policy"),
    )
