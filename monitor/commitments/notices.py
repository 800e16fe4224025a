"""How people learn of changes, and whether going on using the service accepts them."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.commitments.periods import notice_scope, of_changes
from monitor.commitments.statements import Statement
from monitor.model import Commitment

_TIMING = ("in advance", "as soon as possible", "where required by law")


def notice_channel(s: Statement) -> Iterator[Commitment]:
    """Through which channels changes are announced; "none" where it says that none is used."""
    if not of_changes(s) or not s.has("inform") or s.has("breach"):
        return
    if s.has("right") and s.has("request") and not s.has("document"):
        return
    found = s.hits.of("notice_channels")
    denied = [h for h in found if h.term in ("email", "direct notice") and s.negated(h)]
    terms = {h.term for h in found if h.term != "none" and not s.negated(h)}
    if terms - {"direct notice"}:
        terms -= {"direct notice"}
    scope, timing = notice_scope(s), s.condition(*_TIMING)
    if not terms and (denied or any(h.term == "none" for h in found)):
        if not s.has("document", "price", "subprocessor_change"):
            return
        yield s.commitment("notice_channel", frozenset({"none"}), scope=scope)
    elif terms:
        yield s.commitment("notice_channel", frozenset(terms), scope=scope, condition=timing)


def acceptance_by_use(s: Statement) -> Iterator[Commitment]:
    """Whether use alone accepts the document, or (scope "changes") its changes."""
    if s.has("no_change_without_consent"):
        yield s.commitment("acceptance_by_use", False, scope="changes", condition="with consent")
        return
    uses, accepts = s.cue("continued_use"), s.cue("accept")
    accepts = [h for h in accepts if not s.negated(h)]
    if not uses or not accepts or any(s.negated(h) for h in uses[:1]):
        return
    if not s.near("document", "change") and not s.has("personal_data"):
        return
    continued = s.near("change") and (s.has("change") or s.headed("change"))
    yield s.commitment("acceptance_by_use", True, scope="changes" if continued else "")
