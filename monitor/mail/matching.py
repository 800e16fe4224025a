"""Whose policies is a mail about? By its sender's domain, what it names, and where it links.

The sender says whose mail it is, the documents it names say which of their policies, and links
decide between several. Nothing is guessed: where that leaves a choice, or where only a link speaks
for a policy, people are asked. Links are read, never followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import parse_qsl, unquote, urlsplit

from monitor.mail.letter import SUBJECT_WORDS, Letter, Match, Subject, Watched

#: Types of policies in which a document, or prices, are looked for; the first that exist count.
_TYPES: dict[Subject, tuple[tuple[str, ...], ...]] = {
    "privacy": (("privacy",),),
    "terms": (("terms",),),
    "dpa": (("dpa",),),
    "subprocessors": (("subprocessors",), ("dpa",)),
    "cookies": (("cookies",), ("privacy",)),
    "price": (("terms",),),
}
_DEEPEST = 3
_INNER = re.compile(r"https?(?::|%3a)(?:/|%2f){2}[^\s&]+", re.IGNORECASE)
#: urldefense.com, second and third form: the address stands in the path or in "u", re-encoded.
_DEFENCE = re.compile(r"urldefense\.(?:com|proofpoint\.com)/v3/__(https?:/+.+?)__;", re.IGNORECASE)


def match(letter: Letter, watched: Sequence[Watched]) -> Match:
    """Whose policies a letter is about, and why; or which it may be about."""
    sender = [w for w in watched if any(_within(letter.domain, d) for d in w.domains)]
    targets = {t for link in letter.links for t in targets_of(link)}
    linked = [w for w in watched if any(_place(url) in targets for url in w.urls)]
    if letter.kind == "no notice":
        return Match("no notice", (), _names(sender or linked), (letter.why,))
    if not sender:
        return _unknown_sender(letter, linked)
    chosen, open_, reasons = _chosen(letter, sender, linked)
    said = f"the sender's domain {letter.domain} is of {_told(sender)}"
    if open_ or not chosen:
        candidates = _names([*chosen, *open_])
        return Match("ambiguous" if open_ else "unmatched", (), candidates, (said, *reasons))
    if denied := [c for c in letter.claims if c.method == "dmarc" and c.result == "fail"]:
        doubt = f"but {denied[0].by or 'a header'} states dmarc=fail: the sender may be forged"
        return Match("ambiguous", (), _names(chosen), (said, *reasons, doubt))
    return Match("matched", _names(chosen), (), (said, *reasons))


def targets_of(link: str) -> Iterator[str]:
    """The places that a link leads to, as far as it says so itself: also behind a redirect."""
    waiting, seen = [(link, 0)], set()
    while waiting:
        url, depth = waiting.pop()
        place = _place(url)
        if place and place not in seen:
            seen.add(place)
            yield place
        if depth < _DEEPEST:
            waiting += [(inner, depth + 1) for inner in _inner(url) if inner != url]


def _inner(url: str) -> Iterator[str]:
    """Addresses in the query or the path of another."""
    if defended := _DEFENCE.search(url):
        yield re.sub(r"^(https?:)/+", r"\1//", defended[1])
    try:
        parts = urlsplit(url)
        values = [value for _, value in parse_qsl(parts.query, max_num_fields=50)]
    except ValueError:
        return
    for value in values:
        if "urldefense" in parts.netloc:
            value = unquote(value.replace("-", "%").replace("_", "/"))
        if value.lower().startswith(("http://", "https://")):
            yield value
    for found in _INNER.finditer(f"{parts.path}#{parts.fragment}", 1):
        encoded = "%" in found[0][:8]  # then a slash is already the redirect's own
        yield unquote(found[0].partition("/")[0] if encoded else found[0])


def _place(url: str) -> str:
    """Host and path of an address, as far as they tell two pages apart; "" if it is none."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    path = unquote(parts.path).rstrip("/").casefold()
    return f"{host}{path}" if host and path else ""


def _unknown_sender(letter: Letter, linked: Sequence[Watched]) -> Match:
    known = f"the sender's domain {letter.domain or '(none)'} is of no watched policy's vendor"
    if not linked:
        hint = "add it to the vendor's domains ([[vendor]] domains) if it is theirs"
        return Match("unmatched", (), (), (known, hint, "no link leads to a watched policy"))
    why = f"but it links to {_told(linked)}; anybody can link there"
    return Match("ambiguous", (), _names(linked), (known, why))


def _chosen(
    letter: Letter, sender: Sequence[Watched], linked: Sequence[Watched]
) -> tuple[list[Watched], list[Watched], list[str]]:
    """Which of the sender's policies are meant, which may be, and why."""
    chosen: dict[Watched, None] = {}
    open_: dict[Watched, None] = {}
    reasons: list[str] = []
    for subject in letter.about:
        mine = _of_subject(subject, sender)
        by_link = [w for w in mine if w in linked]
        name = f"a change of {SUBJECT_WORDS[subject]}"
        if not mine:
            reasons.append(f"it announces {name}, and no such policy of theirs is watched")
        elif len(mine) == 1:
            chosen[mine[0]] = None
            reasons.append(f"it announces {name}: of theirs only {mine[0].policy} is watched")
        elif by_link:
            chosen.update(dict.fromkeys(by_link))
            reasons.append(f"it announces {name}, and links to {_told(by_link)}")
        else:
            open_.update(dict.fromkeys(mine))
            reasons.append(f"it announces {name}, which may be {_told(mine, 'or')}")
    return list(chosen), [w for w in open_ if w not in chosen], reasons


def _of_subject(subject: Subject, sender: Sequence[Watched]) -> list[Watched]:
    if not subject:
        return list(sender)
    for types in _TYPES[subject]:
        found = [w for w in sender if w.type in types]
        if found:
            return found
    return []


def _within(domain: str, known: str) -> bool:
    domain, known = domain.casefold(), known.casefold()
    return bool(known) and (domain == known or domain.endswith("." + known))


def _names(watched: Iterable[Watched]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(w.policy for w in watched))


def _told(watched: Sequence[Watched], joint: str = "and") -> str:
    names = _names(watched)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {joint} {names[-1]}"
