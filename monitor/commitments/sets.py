"""Commitments that are sets of words: who receives data, which data, what for, on what grounds.

One commitment per sentence, holding every word of the vocabulary that the sentence affirms. A word
counts only with a sign that the sentence is about that (a verb of sharing, of collecting ...), be
it in the sentence, in the lead-in of a list, or in the heading of a list or table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from monitor.commitments.statements import Statement
from monitor.lexicon import Hit
from monitor.model import Commitment, CommitmentKind

_NAMED = re.compile(r"(?:[A-Z][\w&.+-]*(?:[ ](?:[A-Z][\w&.+-]*|\d+))*)")
_SEPARATOR = re.compile(r"\s*(?:,|/|;|\band\b|\be\b|\bet\b|\bund\b|\by\b|\bor\b|\bo\b|\bou\b)\s*")
_SUFFIX = (
    r"Inc\.?|LLC|L\.L\.C\.|Ltd\.?|Limited|GmbH(?: & Co\. KG)?|AG|SE|UG|SAS|S\.A\.S\.?|SARL|"
    r"S\.à r\.l\.|Sàrl|S\.A\.|SA|SpA|S\.p\.A\.|S\.r\.l\.?s?\.?|Srls?|SRLS?|S\.L\.U?\.?|"
    r"SLU?|B\.V\.|BV|N\.V\.|AS|A/S|ApS|AB|Oy|Oyj|plc|PLC|"
    r"Corp\.?|Corporation(?! for)|Pty Ltd|K\.K\.|Pte\. Ltd\.?"
)
COMPANY = re.compile(
    rf"(?<!\w)([A-Z0-9][\w&.'’+-]{{0,40}}(?:[ ][A-Z&0-9(][\w&.'’+)-]{{0,40}}){{0,6}}?"
    rf",?[ ](?:{_SUFFIX}))(?!\w)"
)
_ALONE = frozenset({
    "name", "email address", "postal address", "phone number", "account data", "payment data",
    "financial data", "preferences", "survey responses", "location", "contact details",
    "employment data", "education data", "photos and videos", "health data", "transaction data",
    "audio and voice", "company data", "browsing history", "credentials", "children's data",
    "demographic data", "communications", "date of birth", "social media data",
    "tracking technologies",
})  # fmt: skip
_STRONG_SECURITY = frozenset({
    "antivirus", "encryption", "encryption at rest", "encryption in transit", "firewall",
    "end-to-end encryption", "card data security", "hashing", "intrusion detection",
    "penetration tests", "technical and organisational measures", "certification",
    "security not guaranteed", "absolute security",
})  # fmt: skip
_DENIALS = frozenset({"security not guaranteed"})
_LABEL = re.compile(r"[^.:;]{2,60}:\s")
_INSTITUTION = re.compile(r"[ '’s]{1,3}(?:[CK]om+iss?i|Parl|standard|law|GDPR|Regulation)|-U\.?S\b")
_SOURCE_REACH = 60
_SUBJECT_REACH = 40
_OBJECT_REACH = 80
_BESIDE = 25
_BEHAVIOUR = frozenset({"preferences", "usage data", "demographic data"})
_SHORT = 60


def recipients(s: Statement) -> Iterator[Commitment]:
    """Who receives data. What people themselves share, and where data come from, does not count."""
    found = s.hits.of("recipients")
    tools = _listed_names(s, "by_means") if s.has("collect", "disclose") else []
    if len(tools) > 1 and s.has("personal_data"):
        yield from _set(s, "recipients", tools)
        return
    if not found and not COMPANY.search(s.text):
        return
    if (s.has("breach") and s.has("notify")) or (s.has("object") and s.has("subprocessor_change")):
        return
    if s.headed("right_heading") and not s.headed("sharing_heading"):
        return
    own = [h for h in s.cue("disclose") if not _inside(h, s.cue("shared_by_user"))]
    own = [h for h in own if not _inside(h, s.cue("source"))]
    own += _receiving(s, found)
    listed = _is_listed(s) and _led(s, "disclose", "sharing_heading")
    if not own and not listed:
        return
    kept = [h for h in found if own or h.start < _SHORT]
    kept = [h for h in kept if not _is_source(s, h)]
    terms = _affirmed(s, kept, "disclose")
    if terms - {"third parties"}:
        terms -= {"third parties"}
    if terms or (listed and not found):
        first = 0 if listed else min(h.start for h in own)
        yield from _set(s, "recipients", terms | _names(s, kept, first))


def _receiving(s: Statement, found: list[Hit]) -> list[Hit]:
    """Verbs by which a recipient named before them receives data."""
    verbs = [h for h in s.cue("receive") if not _inside(h, s.cue("source"))]
    return [h for h in found for verb in verbs if 0 <= verb.start - h.end < _SUBJECT_REACH]


def data_categories(s: Statement) -> Iterator[Commitment]:
    """Which data are collected; a single everyday word ("name") alone is no statement of that."""
    found = s.hits.of("data_categories")
    if not found or (s.headed("right_heading") and not s.headed("collect_heading")):
        return
    listed = s.kind in ("item", "row")
    if not s.has("collect") and not (listed and _led(s, "collect", "collect_heading")):
        return
    terms = _affirmed(s, found, "collect")
    if len(terms) == 1 and terms <= _ALONE and not _listed_alone(s, found):
        return
    condition = "only" if "first-party cookies" in terms and s.condition("only") else ""
    yield from _set(s, "data_categories", terms, condition=condition)


def purposes(s: Statement) -> Iterator[Commitment]:
    """What data are used for."""
    found = s.hits.of("purposes")
    if not found or s.headed("right_heading") or _forbids(s):
        return
    listed = s.kind in ("item", "row")
    if not s.has("use") and not (listed and _led(s, "use", "use_heading")):
        return
    if s.has("right") and not s.has("use_lead") and not listed:
        return
    if s.has("basis") and len({h.term for h in s.hits.of("legal_bases")}) > 1:
        return
    others = s.hits.of("recipients")
    kept = [h for h in found if not any(o.start <= h.start < o.end for o in others)]
    yield from _set(s, "purposes", _affirmed(s, kept, "use"))


def _forbids(s: Statement) -> bool:
    """Whether it tells people what they may not do ("you may not use our data to train ...")."""
    nots = s.hits.of("negation.words")
    return any(_inside(no, s.cue("user_acts")) for no in nots)


def legal_bases(s: Statement) -> Iterator[Commitment]:
    """On what grounds data are processed."""
    found = s.hits.of("legal_bases")
    if not found:
        return
    about = s.has("basis_strong") or s.headed("basis_strong") or s.led("basis", "basis_strong")
    strong = {"legitimate interests", "vital interests"}
    if not about:
        own = {h.term for h in found}
        if not own & strong and not (s.has("basis") and len(own) > 1):
            return
        if not s.has("basis", "use", "collect") and not s.headed("use_heading"):
            return
    if s.has("governing_law"):
        return
    terms = _affirmed(s, found, "basis")
    yield from _set(s, "legal_bases", terms, condition="only" if _no_others(s, found) else "")


def _no_others(s: Statement, found: list[Hit]) -> bool:
    """Whether a sentence names several grounds as the only ones; one alone is for one purpose."""
    if s.kind == "row" or not s.has("basis", "use") or len({h.term for h in found}) < 2:
        return False
    only = [h for h in s.hits.of("conditions") if h.term == "only"]
    return any(0 <= h.start - word.end < _SUBJECT_REACH for word in only for h in found)


def rights(s: Statement) -> Iterator[Commitment]:
    """What people may ask for or do; what the company reserves for itself does not count."""
    found = s.hits.of("rights")
    if not found:
        return
    signals = {h.term for h in found if h.term.startswith("browser signals")}
    reserved = [h for h in s.hits.of("modality") if h.term == "may"]
    own = [h for h in s.cue("right") if not _inside(h, reserved) and not s.negated(h)]
    listed = s.kind in ("item", "row") or len(s.text) < _SHORT
    terms = {h.term for h in found if h.term not in signals}
    if not own and not (listed and _led(s, "right", "right_heading")):
        terms = set()
    else:
        clear = s.near("right_word")
        terms = {
            h.term for h in found if h.term in terms and (clear or " " in s.text[h.start : h.end])
        }
    if signals:
        signals = {min(signals, key=lambda term: "not" not in term)}
    yield from _set(s, "rights", terms | signals)


def transfer_places(s: Statement) -> Iterator[Commitment]:
    """Where data go or are kept; where people live, or whose law applies, does not count."""
    found = [h for h in s.hits.of("transfer_places") if not _follows(h, s.cue("resident"))]
    found = [h for h in found if not _INSTITUTION.match(s.text, h.end)]
    if not found or s.has("governing_law", "arbitration") or s.headed("governing_law"):
        return
    moved = [h for h in s.cue("transfer") if not _inside(h, s.cue("resident"))]
    if s.has("controller_strong") and not s.headed("transfer_heading"):
        return
    if not moved or not (s.has("transfer_data") or s.headed("transfer_heading")):
        return
    if s.headed("right_heading") and not s.headed("transfer_heading"):
        return
    confined = _confined(s, found)
    if confined:
        yield from _set(s, "transfer_places", confined, condition="only")
        return
    terms = _affirmed(s, found, "transfer")
    if "outside the EEA" in terms:
        terms -= {"European Economic Area", "European Union"}
    yield from _set(s, "transfer_places", terms, condition=s.condition("only"))


def _confined(s: Statement, found: list[Hit]) -> set[str]:
    """Where data must stay: "never leave Switzerland", "not transferred outside the EEA"."""
    if s.condition("with consent", "unless you object") or s.has("right"):
        return set()
    if any(s.negated(h) for h in s.cue("leave")):
        return {h.term for h in found}
    outside = [h for h in found if h.term == "outside the EEA"]
    if len(outside) == len(found) == 1 and s.negated(outside[0]):
        union = s.lexicon.scan(s.text[outside[0].start : outside[0].end])
        return {h.term for h in union.of("transfer_places")} - {"outside the EEA"} or {
            "European Economic Area"
        }
    return set()


def transfer_mechanisms(s: Statement) -> Iterator[Commitment]:
    """What makes a transfer lawful; words that need a transfer about them count only there."""
    found = s.hits.of("transfer_mechanisms")
    if not found:
        return
    about = s.headed("transfer_heading") or "transfer_places" in s.hits or s.near("transfer_word")
    weak = {"consent", "unspecified safeguards", "derogations", "certification"}
    kept = [h for h in found if about or h.term not in weak]
    terms = _affirmed(s, kept, "transfer")
    if len(terms) > 1:
        terms -= {"unspecified safeguards"}
    yield from _set(s, "transfer_mechanisms", terms)


def security_measures(s: Statement) -> Iterator[Commitment]:
    """How data are protected; everyday words count only under a heading about security."""
    found = s.hits.of("security_measures")
    if not found:
        return
    terms = _affirmed(s, found, "secure_heading")
    if s.text[:1].islower():  # the rest of a line that was broken: "... is 100% secure"
        terms -= {"absolute security"}
    if not s.headed("secure_heading") and not terms & _STRONG_SECURITY:
        return
    yield from _set(s, "security_measures", terms)


# --- what the rules above share --------------------------------------------------------------


def _set(
    s: Statement, kind: CommitmentKind, terms: Iterable[str], *, condition: str = ""
) -> Iterator[Commitment]:
    value = frozenset(terms)
    if value:
        condition = condition or s.condition("with consent", "unless you object")
        yield s.commitment(kind, value, condition=condition)


def _affirmed(s: Statement, found: Iterable[Hit], cue: str) -> set[str]:
    """The words that are not denied; "not without your consent" affirms, with a condition."""
    allowed = bool(s.condition("with consent"))
    denied = _lead_denied(s, cue)
    return {
        h.term for h in found if not denied and (allowed or h.term in _DENIALS or not s.negated(h))
    }


def refused(s: Statement, kind: str, cue: str) -> set[str]:
    """The words of a kind that a sentence denies without any condition, for all data."""
    found = s.hits.of(kind)
    named = {h.term for h in s.hits.of("data_categories")} - _BEHAVIOUR
    if s.has("user_acts") or (kind != "data_categories" and named):
        return set()
    if not found or s.condition("with consent", "unless you object") or s.has("right"):
        return set()
    if _lead_denied(s, cue):
        return {h.term for h in found}
    verbs = [h for h in s.cue(cue) if s.negated(h)]
    nouns = [h for h in s.hits.of("negation.words") if s.has(cue)]
    return {
        h.term
        for h in found
        if s.negated(h)
        and (
            any(max(h.start - v.end, v.start - h.end) < _OBJECT_REACH for v in verbs)
            or any(0 < h.start - no.end < _BESIDE for no in nouns)
        )
    }


def _lead_denied(s: Statement, cue: str) -> bool:
    """Whether the lead-in denies what its list holds ("We do not share your data with:")."""
    for hit in s.lead_hits.of(f"cues.{cue}"):
        turned = any(h.start > hit.start for h in s.lead_hits.of("negation.stops"))
        if s.lexicon.negated(s.lead, hit.start, hit.end) and not turned:
            return True
    return False


def _led(s: Statement, cue: str, heading: str) -> bool:
    return s.led(cue) or s.headed(heading)


def _inside(hit: Hit, others: Iterable[Hit]) -> bool:
    return any(o.start <= hit.start and hit.end <= o.end for o in others)


def _follows(hit: Hit, others: Iterable[Hit]) -> bool:
    return any(o.start <= hit.start <= o.end + _SOURCE_REACH for o in others)


def _is_source(s: Statement, hit: Hit) -> bool:
    """Whether a recipient is really a source: "we receive data from partners"."""
    sources = [h for h in s.cue("source") if h.start <= hit.start]
    if not sources:
        return False
    last = sources[-1]
    shared = [h for h in s.cue("disclose") if last.end <= h.start < hit.start]
    return not shared and hit.start <= last.end + _SOURCE_REACH


def _is_listed(s: Statement) -> bool:
    """Whether the sentence is an entry of a list or table, or of a "Label: text" paragraph."""
    return s.kind in ("item", "row") or len(s.text) < _SHORT or bool(_LABEL.match(s.text))


def _listed_alone(s: Statement, found: list[Hit]) -> bool:
    return s.kind == "item" and found[0].start < 4 and len(s.text) < _SHORT


def _names(s: Statement, beside: list[Hit], first: int) -> set[str]:
    """Companies named as recipients: by their legal form, or as examples of a recipient."""
    out = {found[1].strip() for found in COMPANY.finditer(s.text, first)}
    return out.union(_listed_names(s, "such_as", after=min((h.end for h in beside), default=0)))


def _listed_names(s: Statement, cue: str, *, after: int = 0) -> list[str]:
    """The proper names that a cue announces: "such as Alpha, Beta Gamma and Delta"."""
    if s.lexicon.noun_capitals:
        return []
    out: list[str] = []
    for hit in s.cue(cue):
        if hit.start < after:
            continue
        tail = re.split(r"[.;:()\n]", s.text[hit.end :], maxsplit=1)[0]
        for piece in _SEPARATOR.split(tail.strip()):
            if not _NAMED.fullmatch(piece) or piece.isupper():
                break
            out.append(piece)
    return out
