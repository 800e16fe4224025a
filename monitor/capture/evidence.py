"""The evidence that a capture is not the policy.

``alone`` looks at one document, ``against`` at a newer one in the light of an older one, and
``outgrown`` at an older one in the light of a newer. The gate of the daemon and the verdict
"capture" of a comparison use the same functions, so that each decision is made in one place. The
thresholds were chosen on recorded histories of public policies (benchmarks/replay.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from monitor.capture.editions import other_entity
from monitor.capture.profile import (
    Overlap,
    Profile,
    Words,
    common_vocabulary,
    ends_within,
    headings_repeat,
    largest_loss,
    overlap,
    runs_of,
    states_a_later_date,
    words_of,
)
from monitor.capture.wording import Wording, wording
from monitor.model import Document

#: A text with fewer words promises nothing.
_EMPTY_WORDS = 25
#: Stand-in pages are short; beyond this many words only their title gives them away.
_SHORT_WORDS = 350
#: So many different legal terms are spoken by a policy, hardly by a page that stands in for one.
_LEGAL_TERMS = 12
_FEW_LEGAL_TERMS = 3
#: Legal terms are counted in so many characters: a policy shows itself early.
_SAMPLE_CHARS = 10_000
_LABEL_WORDS = 8
#: A notice of an error is short, however friendly.
_NOTICE_WORDS = 40
#: Shorter passages may well be a line of a menu that was a line of the text before.
_PASSAGE_WORDS = 8
#: The share of its runs of three words by which a passage is known again.
_SAME_PASSAGE = 0.7
_DECLARED = "removed by the declaration"
_LEAD_CHARS, _LEAD_WORDS = 2000, 30
#: Both texts need so many words before their vocabularies can be compared.
_COMPARABLE_WORDS = 300

#: Kinds of pages that stand in for a policy, as stable codes, and what they are called.
STAND_INS = {
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
    """Why a capture is not held to be the policy: a stable ``code`` and a readable phrase."""

    code: str
    detail: str


# --- one document ------------------------------------------------------------------------------


def alone(profile: Profile) -> tuple[Reason, ...]:
    """What is wrong with a document, whatever stood there before."""
    return tuple(_alone(profile))


def _alone(profile: Profile) -> Iterator[Reason]:
    if "truncated" in profile.document.warnings:
        yield Reason("truncated", "the page was cut off before its end")
    kind = stand_in(profile)
    if kind:
        yield Reason(kind, f"it looks like {STAND_INS[kind]}")
    elif profile.size < _EMPTY_WORDS:
        shown = " ".join(profile.document.text.split())[:80]
        yield Reason("empty", f'it holds almost no text ("{shown}")')
    elif legal_terms(profile) < _FEW_LEGAL_TERMS and not _titled_as_policy(profile):
        yield Reason("no_policy", "it does not speak as a policy does")


def stand_in(profile: Profile) -> str:
    """The kind of page that stands in for the policy, or "".

    Phrases in the title or a short heading weigh most. On a page without such a title they count
    only if the page is short and poor in legal terms: a policy may speak of errors and logins.
    """
    spoken = _wording(profile)
    kind = _titled(profile, spoken)
    if not kind and profile.size > _SHORT_WORDS:
        return ""
    terms = legal_terms(profile)
    if kind and terms < _LEGAL_TERMS:
        return kind
    if profile.size > _SHORT_WORDS:
        return ""
    titled_as_policy = _titled_as_policy(profile)
    if not titled_as_policy and _consent_buttons(profile, spoken) >= 2:
        return "cookie_wall"
    if terms >= (_LEGAL_TERMS / 2 if titled_as_policy else _LEGAL_TERMS):
        return ""
    hits = spoken.hits(words_of(profile.document.text))
    hits.pop("cookie_wall", None)
    kind = max(hits, key=lambda kind: len(hits[kind]), default="")
    enough = 1 if profile.size < 60 else 3 if kind == "login" else 2
    return kind if kind and len(hits[kind]) >= enough else ""


def _titled(profile: Profile, spoken: Wording) -> str:
    titles = (words_of(profile.document.title), *profile.headings[:3])
    for title in titles:
        if len(title) <= 10:
            for kind in spoken.hits(title):
                if kind != "cookie_wall":
                    return kind
    return ""


def _titled_as_policy(profile: Profile) -> bool:
    """Whether a heading speaks as a policy does, and not as a cookie notice."""
    spoken = _wording(profile)
    titles = (words_of(profile.document.title), *profile.headings)
    return any(spoken.legal_terms(title) and not spoken.hits(title) for title in titles)


def _consent_buttons(profile: Profile, spoken: Wording) -> int:
    """How many different choices of a cookie notice stand as labels of their own."""
    found: set[str] = set()
    for clause in profile.document.clauses:
        words = words_of(clause.text)
        if len(words) <= _LABEL_WORDS:
            found.update(spoken.hits(words).get("cookie_wall", ()))
    return len(found)


def legal_terms(profile: Profile) -> int:
    """How many different legal terms the beginning of a document's prose speaks."""
    return _legal_terms("\n".join(profile.prose)[:_SAMPLE_CHARS], profile.document.language)


@lru_cache(maxsize=256)
def _legal_terms(text: str, language: str) -> int:
    return wording(language).legal_terms(set(words_of(text)))


def _wording(profile: Profile) -> Wording:
    return wording(profile.document.language)


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


def left_out(old: Profile, new: Profile) -> tuple[Reason, ...]:
    """What the older text says and the newer page still shows, but as furniture that was left out.

    What the declaration removes is left out because people said so.
    """
    regions = [
        (runs_of(part.text), part.reason)
        for part in new.document.dropped
        if part.reason != _DECLARED
    ]
    if not regions:
        return ()
    for text, count in old.prose.items():
        if count < _PASSAGE_WORDS or text in new.prose:
            continue
        runs = runs_of(text)
        enough = _SAME_PASSAGE * len(runs)
        for region, reason in regions:
            if len(runs & region) > enough > len(runs & runs_of(new.document.text)):
                short = text if len(text) <= 80 else f"{text[:79]}…"
                return (Reason("left_out", f'the page still says "{short}", but as: {reason}'),)
    return ()


# --- a newer document in the light of an older one ---------------------------------------------


def against(old: Profile, new: Profile) -> tuple[Reason, ...]:
    """What is wrong with the newer document, in the light of the older one."""
    both = overlap(old, new)
    for check in _CHECKS:
        reason = check(old, new, both)
        if reason:
            return (reason,)
    return ()


def outgrown(old: Profile, new: Profile) -> tuple[Reason, ...]:
    """What is wrong with the older document, in the light of the newer one.

    A text that merely grew is held to be a failure only where the older broke off, or was so small
    a part of the newer that no policy grows like that.
    """
    both = overlap(new, old)
    reason = _broken_off(new, old, both) or _error_inside(new, old, both)
    if reason:
        return (reason,)
    fragment = both.ratio < 0.12 or (both.ratio < 0.3 and not states_a_later_date(old, new))
    if fragment and both.shared > 0.85:
        return (Reason("collapsed", f"it is {both.ratio:.0%} of the text, and nothing else"),)
    return ()


def _other_language(old: Profile, new: Profile, both: Overlap) -> Reason | None:
    one, other = old.document.language, new.document.language
    if not one or not other or one == other or both.kept >= 0.2 or both.shared >= 0.2:
        return None
    if min(old.size, new.size) < 40:
        return None
    return Reason("language", f"its language changed from {one} to {other}")


def _collapsed(old: Profile, new: Profile, both: Overlap) -> Reason | None:
    """Much shorter, and not because it was written anew."""
    if both.ratio >= 0.35 or old.size < 40:
        return None
    if both.ratio >= 0.12 and both.shared < 0.6 and _says_the_same_otherwise(old, new):
        return None
    return Reason("collapsed", f"only {both.ratio:.0%} of the former length is left")


def _says_the_same_otherwise(old: Profile, new: Profile) -> bool:
    """A policy written anew keeps its subject, and so most of its words."""
    if new.size < _COMPARABLE_WORDS or legal_terms(new) < _LEGAL_TERMS:
        return False
    return common_vocabulary(old, new) >= 0.72


def _broken_off(old: Profile, new: Profile, both: Overlap) -> Reason | None:
    """The newer text stops in the middle of a clause of the older one, and the rest is gone."""
    if both.shared < 0.9 or both.kept > 0.97 or not ends_within(new, old):
        return None
    return Reason("broken_off", f"it breaks off after {both.kept:.0%} of the text")


def _piece(old: Profile, new: Profile, both: Overlap) -> Reason | None:
    """A whole stretch is missing, nothing was added, and the stated date did not move."""
    if both.shared < 0.93 or both.kept >= 0.7 or both.ratio >= 0.75:
        return None
    if states_a_later_date(old, new) or (headings_repeat(old) and both.kept > 0.45):
        return None
    if both.kept > 0.6 and largest_loss(old, new) < 0.5:
        return None
    return Reason("piece", f"it is a piece of the former text ({both.kept:.0%}), with nothing new")


def _error_inside(old: Profile, new: Profile, both: Overlap) -> Reason | None:
    """Text is gone, and all that came for it is the word that something could not be loaded.

    Such a notice often speaks another language than the page.
    """
    if both.shared < 0.9 or both.kept > 0.97:
        return None
    spoken = wording("")
    for text, count in new.clauses.items():
        if count > _NOTICE_WORDS or text in old.clauses:
            continue
        if spoken.hits(words_of(text)).get("error"):
            short = text if len(text) <= 80 else f"{text[:79]}…"
            return Reason("error_inside", f'where text stood before, it says "{short}"')
    return None


def _other_document(old: Profile, new: Profile, both: Overlap) -> Reason | None:
    if not (_of_other_subject(old, new, both) or _of_other_title(old, new, both)):
        return None
    return Reason("other_document", "it has almost nothing in common with the former text")


def _of_other_subject(old: Profile, new: Profile, both: Overlap) -> bool:
    """Other sentences made of other words, under another name."""
    if both.kept >= 0.1 or both.shared >= 0.1 or min(old.size, new.size) < _COMPARABLE_WORDS:
        return False
    return common_vocabulary(old, new) < 0.47 and not _lead_pairs(old) & _lead_pairs(new)


def _of_other_title(old: Profile, new: Profile, both: Overlap) -> bool:
    """Other sentences, far more or fewer of them, under another first heading.

    A policy that is written anew keeps its title, and its length more or less.
    """
    if both.kept >= 0.2 or both.shared >= 0.1 or 0.4 <= both.ratio <= 2.5:
        return False
    return old.headings[:1] != new.headings[:1]


def _lead_pairs(profile: Profile) -> set[Words]:
    """Pairs of words at a document's head that say what it is: ("privacy", "policy")."""
    text = f"{profile.document.title} {profile.document.text[:_LEAD_CHARS]}"
    words = [word for word in words_of(text)[:_LEAD_WORDS] if len(word) > 3]
    spoken = _wording(profile)
    return {pair for pair in pairwise(words) if spoken.legal_terms(pair)}


def _edition(old: Profile, new: Profile, both: Overlap) -> Reason | None:
    """The same text for another country: a sister company stands in it, with whole clauses gone."""
    if both.kept < 0.5 or not 0.7 < both.ratio < 1.4 or states_a_later_date(old, new):
        return None
    if largest_loss(old, new) + largest_loss(new, old) == 0:
        return None
    swap = other_entity(old, new)
    if swap is None:
        return None
    return Reason("edition", f"it is the edition of {swap[1]} instead of {swap[0]}")


_CHECKS = (
    _other_language, _collapsed, _broken_off, _piece, _error_inside, _other_document, _edition,
)  # fmt: skip
