"""Who is behind a document: controller, address, contacts, data protection officer, law, courts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.commitments.sets import COMPANY
from monitor.commitments.statements import Statement
from monitor.lexicon import Hit, function_words
from monitor.model import Commitment

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,18}(?![\w@])")
_LINK_WORD = (
    r"(?:de|du|des|la|le|les|l'|di|del|della|dei|van|von|der|den|da|do|dos|d'|el|zur|am|an)"
)
_WORDS = rf"[A-ZÀ-Ý][\w.'’-]{{0,30}}(?:[ ](?:{_LINK_WORD}|[A-ZÀ-Ý][\w.'’-]{{0,30}})){{0,5}}?"
_STREET = (
    rf"(?:{_WORDS},?[ ](?:n[.°º]?\s*)?\d{{1,5}}(?:[ ]?[a-zA-Z/]\w{{0,3}})?"
    rf"|\d{{1,5}}(?:[ ]?(?:bis|ter|[A-Z]))?,?[ ](?:(?:rue|avenue|boulevard|place|quai|cours|"
    rf"all[ée]e|chemin|route)[ ](?:{_LINK_WORD}[ ]?)*)?{_WORDS})"
)
_NOT_A_PLACE = (
    r"(?!E-?mail|Mail|Tel|T[ée]l|Phone|Fax|Capital|RCS|VAT|Attn|Regist|Building|Web|Sito)"
)
_PLACE = (
    r"(?:(?:[A-Z]{1,3}[- ])?\d{4,6}(?:[ -][A-Z]{2})?|[A-Z]{1,2}\d{1,2}[A-Z]?[ ]\d[A-Z]{2})"
    rf"[ ,]+{_NOT_A_PLACE}[A-ZÀ-Ý][\w'’.-]*(?:[ ]{_NOT_A_PLACE}[A-ZÀ-Ý][\w'’.-]*){{0,3}}"
    rf"(?:,?[ ]\(?[A-Z]{{2}}\)?(?!\w))?(?:,[ ]{_NOT_A_PLACE}[A-ZÀ-Ý]\w+(?:[ ][A-ZÀ-Ý]\w+){{0,2}})?"
)
_ADDRESS = re.compile(rf"(?<!\w){_STREET}(?:,[ ]\w[\w .'’-]{{1,30}}){{0,2}}?,?[ –-]{{1,3}}{_PLACE}")
_PERSON = re.compile(r"[A-ZÀ-Ý][a-zà-ÿ'’-]+(?:[ ][A-ZÀ-Ý][a-zà-ÿ'’-]+){1,2}")
_LAW = re.compile(
    r"\s*(?:the[ ])?((?:(?:State|Commonwealth|Republic|Province|Kingdom)[ ]of[ ](?:the[ ])?)?"
    r"[A-ZÀ-Ý][\w'’-]*(?:(?:[ ]and|[ ]of|,)?[ ](?:the[ ])?[A-ZÀ-Ý][\w'’-]*){0,4})"
)
_NO_LAW = frozenset({
    "European Union", "European Economic Area", "worldwide", "outside the EEA",
    "outside the country",
})  # fmt: skip
_PROPER = r"[A-ZÀ-Ý][\w&'’-]*(?:[ ](?:&[ ]|and[ ])?[A-ZÀ-Ý][\w&'’-]*){1,4}"
_IS = r"(?:is|are|est|ist|es|è|sind|sont|sono|son)"
_IS_NAME = re.compile(rf"[^.;:]{{0,60}}?(?::|\b{_IS}\b)\s*(?:la société )?({_PROPER})")
_NAME_IS = re.compile(rf"(?:^|[,(]\s?)({_PROPER})(?:,[^.;]{{1,80}},)?\s+{_IS}\b[^.;,]{{0,20}}$")
_ROLE = re.compile(
    r"(?:The|This|Each|Any|No|Such|Our|Your|We|Data|Controller|Processor|Customer|Client|Personal|Art|Article|"
    r"Der|Die|Das|Im|Responsable|Titolare|Verantwortlich|Le|La|Les|El|Il|Lo|Datos|Dati)\w*\b"
)
_DIGIT = re.compile(r"\d")
_NAME_REACH = 120
_LONGEST = 4000
_LAW_REACH = 90
_JUNK = frozenset(
    {"The", "This", "We", "You", "Your", "Our", "If", "It", "In", "For", "GDPR", "EU"}
)


def controller(s: Statement) -> Iterator[Commitment]:
    """The legal person responsible: a name beside "data controller" or "operated by"."""
    cues = s.cue("controller_strong") or s.cue("operator")
    if s.has("not_controller") or s.kind == "heading":
        return
    if not cues:
        if _awaited(s, "controller_strong") and (found := COMPANY.match(s.text)):
            yield s.commitment("controller", _clean(found[1]))
        return
    cue = cues[0]
    after = s.text[cue.end : cue.end + _NAME_REACH]
    found = COMPANY.search(after) or COMPANY.search(s.text[max(0, cue.start - 160) : cue.start])
    if found:
        yield s.commitment("controller", _legal_name(found[1]))
    elif name := _plain_name(s, cue):
        yield s.commitment("controller", name)


def _legal_name(found: str) -> str:
    """A company's name without a small word that only begins the sentence ("When ...")."""
    first, _, rest = _clean(found).partition(" ")
    small = any(first.lower() in words for words in function_words().values())
    return rest if small and " " in rest else _clean(found)


def _plain_name(s: Statement, cue: Hit) -> str:
    """A name without a legal form: "the controller is Halden Books", "Halden Books is the ..."."""
    found = _IS_NAME.match(s.text, cue.end)
    if not found and not s.lexicon.noun_capitals:
        found = _NAME_IS.search(s.text[: cue.start])
    if not found:
        return ""
    name = _legal_name(found[1])
    return "" if _ROLE.match(name) or " " not in name else name


def address(s: Statement) -> Iterator[Commitment]:
    """A postal address where the document speaks of the controller, an office, or contact."""
    if not _DIGIT.search(s.text):
        return
    if s.has("other_party") or not (s.has("controller_strong", "address", "dpo") or _near_party(s)):
        return
    found = _ADDRESS.search(s.text, 0, _LONGEST)
    if found:
        yield s.commitment("address", _clean(found.group()).rstrip("."))


def contact(s: Statement) -> Iterator[Commitment]:
    """E-mail addresses to write to; those of the data protection officer are kind ``dpo``."""
    if "@" not in s.text or s.kind == "row":
        return
    for found in _EMAIL.finditer(s.text):
        mail = found.group().lower()
        if _is_dpo(s, found.start()):
            yield s.commitment("dpo", mail)
        else:
            yield s.commitment("contact", mail)


def dpo(s: Statement) -> Iterator[Commitment]:
    """The data protection officer by name, where one is given."""
    cues = s.cue("dpo")
    if not cues or "@" in s.text or s.kind == "heading":
        return
    tail = s.text[cues[0].end : cues[0].end + 60]
    found = re.match(r"\s*(?:\([^)]*\)\s*)?(?:is|:|,|è|est|ist|es)\s*(?=[A-ZÀ-Ý])", tail)
    if found and (name := _PERSON.match(tail, found.end())):
        yield s.commitment("dpo", name.group())


def governing_law(s: Statement) -> Iterator[Commitment]:
    """Whose law governs the contract."""
    cues = s.cue("governing_law")
    if not cues or s.kind == "heading":
        return
    places = [h for h in s.hits.of("transfer_places") if 0 <= h.start - cues[0].start < _LAW_REACH]
    for cue in s.cue("laws_of"):
        found = _LAW.match(s.text, cue.end)
        if found and found[1].split()[0] not in _JUNK:
            yield s.commitment("governing_law", _clean(found[1]))
            return
    places = [h for h in places if h.term not in _NO_LAW]
    if places:
        yield s.commitment("governing_law", places[0].term)


def _is_dpo(s: Statement, place: int) -> bool:
    if s.has("dpo"):
        return any(h.start < place for h in s.cue("dpo")) or len(s.cue("contact")) < 2
    return s.headed("dpo") or s.led("dpo") or (s.before is not None and _awaited(s, "dpo"))


def _awaited(s: Statement, cue: str) -> bool:
    """Whether the sentence before, or the lead-in, announced what this one names."""
    if s.led(cue):
        return True
    before = s.before
    return before is not None and before.text.rstrip().endswith(":") and before.has(cue)


def _near_party(s: Statement) -> bool:
    return (
        s.headed("controller_strong", "contact", "dpo")
        or s.led("contact", "address")
        or (s.follows("controller_strong", "address"))
    )


def _clean(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip(" ,;:-–")
