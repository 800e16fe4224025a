"""Whether personal data are sold: never, only with consent, unless people opt out, or possibly."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.commitments.statements import Statement
from monitor.lexicon import Hit
from monitor.model import Commitment

_BESIDE = 80


def sale(s: Statement) -> Iterator[Commitment]:
    """The sale of personal data; selling goods, the business or by the user is something else.

    Scope "cross-context advertising" is sharing for such advertising, "past" only a look back,
    "minors" their data alone.
    """
    found = s.cue("sell")
    if not found and not s.has("sale_sharing"):
        return
    if s.has("sale_sharing") and not found:
        found = s.cue("sale_sharing")
        scope = "cross-context advertising"
    else:
        found = [h for h in found if not _other(s, h)]
        scope = ""
    if not found or s.has("sale_definition", "user_acts") or s.kind == "row":
        return
    data = s.cue("personal_data") + s.cue("sale_data")
    found = [h for h in found if any(abs(d.start - h.start) < _BESIDE for d in data)]
    if not found:
        return
    hit = next((h for h in found if s.negated(h)), found[0])
    value = _polarity(s, hit)
    if s.has("child") or s.lexicon.ages(s.text):
        scope = "minors"
    elif value == "never" and s.has("past") and s.durations():
        scope = "past"
    if value:
        yield s.commitment("sale", value, scope=scope)


def _other(s: Statement, hit: Hit) -> bool:
    """Whether something else than data is sold, or somebody else sells."""
    others = s.cue("sale_other")
    return any(o.start <= hit.start < o.end for o in others)


def _polarity(s: Statement, hit: Hit) -> str:
    if s.has("sale_optout"):
        return "opt_out"
    consent = s.condition("with consent")
    if s.negated(hit):
        if s.has("right_word"):
            return ""
        return "consent" if consent else "never"
    if consent:
        return "consent"
    if s.condition("unless you object"):
        return "opt_out"
    if s.has("right") or s.headed("right_heading"):
        return ""
    said = s.cue("sale_data") + s.cue("sale_sharing")
    return "may" if any(h.start <= hit.start < h.end for h in said) else ""
