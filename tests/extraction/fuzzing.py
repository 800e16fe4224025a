"""Policies whose pages are mutated at random, and what must hold of what is read of them.

    python -m tests.extraction.fuzzing COUNT [FIRST_SEED]

Of each seed one page is made, read, judged and compared with the page it was made of, as a check
does it. ``faults`` says what must not be: a crash, an unexplained nothing, or a numbered paragraph
that a reader of the page sees and that is gone without a finding or a doubt. What readers see is
told by another parser (lxml), without any idea of furniture.
"""

from __future__ import annotations

import codecs
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from multiprocessing import Pool

import lxml.html
from lxml.etree import LxmlError

from monitor.errors import ExtractionError
from monitor.model import Part
from monitor.reading import Examined, Selection, examine
from tests.extraction.pages_of_policy import article, bare

URL = "https://quillmoor.example/privacy"
WRAPPERS = (
    "<nav>{}</nav>", "<footer>{}</footer>", "<header>{}</header>", "<aside>{}</aside>",
    "<div hidden>{}</div>", "<div style='display:none'>{}</div>", "<div aria-hidden=true>{}</div>",
    "<dialog>{}</dialog>", "<div role=dialog class=cookie-banner>{}<button>Accept</button></div>",
    "<div class='cookie consent'>{}<button>Accept all</button><button>Reject</button></div>",
    "<form><input type=email>{}<button>Subscribe</button></form>", "<a href=/x>{}</a>",
    "<nav><ul><li><a href=/x>{}</a></li></ul></nav>", "<button>{}</button>", "<label>{}</label>",
    "<div class=breadcrumbs><a href=/a>{}</a></div>", "<div class='share'>{}</div>",
    "<aside class=related><h3>Related</h3><a href=/a>{}</a></aside>", "<noscript>{}</noscript>",
    "<details><summary>More</summary>{}</details>", "<table><tr><td>{}</td></tr></table>",
    "<blockquote>{}</blockquote>", "<iframe>{}</iframe>", "<template>{}</template>",
    "<div role=navigation>{}</div>", "<div class=newsletter>{}</div>", "<ul><li>{}</li></ul>",
    "<div class=footer><p>© 2024 Quillmoor</p>{}</div>", "<select><option>{}</option></select>",
)  # fmt: skip
#: A paragraph has its number thrice: one of them may be what was broken.
_NUMBER = re.compile(r"word(\d+)x|processor (\d+) under|for (\d+) days")
_TAG = re.compile(r"<(/?)([a-z][^\s/>]*)[^>]*>")
_END = re.compile(r"processor (\d+) under")
_UNSEEN = ("script", "style", "template", "noscript", "iframe", "select", "head", "svg", "title")


def paragraph(number: int) -> str:
    """A promise of its own, told from all others by its number."""
    return (
        f"<p>Personal data of kind word{number}x is kept by us for {number + 2} days and shared "
        f"with processor {number} under this policy.</p>"
    )


def whole(kind: int) -> str:
    """The page before the accident."""
    body = "".join(f"<h2>{n} Data of kind {n}</h2>{paragraph(n)}" for n in range(1, 25))
    return (article if kind % 2 else bare)(body)


@lru_cache(maxsize=4)
def baseline(kind: int) -> str:
    """What is read of it."""
    return examine((_part(whole(kind).encode()),), Selection(), None).text


def _part(content: bytes, media_type: str = "text/html") -> Part:
    return Part(URL, URL, 200, (), media_type, content, datetime(2026, 3, 2, tzinfo=UTC))


# --- mutations -----------------------------------------------------------------------------------


def _wrap(markup: str, roll: random.Random) -> str:
    one = paragraph(roll.randrange(1, 25))
    return markup.replace(one, roll.choice(WRAPPERS).format(one))


def _move(markup: str, roll: random.Random) -> str:
    """A paragraph leaves the policy for the page's head, menu or foot."""
    one = paragraph(roll.randrange(1, 25))
    before, after = roll.choice(
        (("</nav>", ""), ("", "</footer>"), ("<main>", ""), ("</main>", ""))
    )
    place = before or after
    without = markup.replace(one, "")
    moved = without.replace(place, (one + place) if after else (place + one), 1)
    return moved if one in moved else markup


def _edit_tag(markup: str, roll: random.Random) -> str:
    start = markup.find("<", roll.randrange(len(markup)))
    end = markup.find(">", start) + 1
    if start < 0 or not end:
        return markup
    tag = markup[start:end]
    new = (
        "",
        tag * 2,
        "</div>",
        "<div>",
        "<p>",
        "<table>",
        "</main>",
        "<a href=/x>",
        tag[:-1],
        "<",
    )
    return markup[:start] + roll.choice(new) + markup[end:]


def _break_bytes(markup: str, roll: random.Random) -> str:
    place = roll.randrange(len(markup))
    new = ("\ufffd", "\x00", "\u202e", "&#xD800;", "&", "]]>", "<!-- ", "-->", "\u200b", '"', "'")
    return markup[:place] + roll.choice(new) + markup[place + roll.randrange(2) :]


def _cut(markup: str, roll: random.Random) -> str:
    return markup[: roll.randrange(len(markup))] if roll.random() < 0.15 else markup


def _double(markup: str, roll: random.Random) -> str:
    start, size = roll.randrange(len(markup)), roll.randrange(2000)
    return markup[: start + size] + markup[start:]


def _lose(markup: str, roll: random.Random) -> str:
    return markup.replace(paragraph(roll.randrange(1, 25)), "")


MUTATIONS: tuple[Callable[[str, random.Random], str], ...] = (
    _wrap, _wrap, _wrap, _move, _move, _edit_tag, _edit_tag, _break_bytes, _cut, _double, _lose,
)  # fmt: skip


def mutated(seed: int) -> tuple[bytes, int]:
    """The page of a seed, and the kind of page that it was."""
    roll = random.Random(seed)
    kind = seed % 2
    markup = whole(kind)
    for _ in range(roll.randrange(1, 7)):
        markup = roll.choice(MUTATIONS)(markup, roll)
    coded = markup.encode(roll.choice(("utf-8", "utf-8", "utf-16", "cp1252")), "replace")
    return coded, kind


# --- what must hold ------------------------------------------------------------------------------


def seen_by_readers(content: bytes) -> set[int]:
    """The numbers of the paragraphs that stand on the page to their end, as lxml reads it."""
    try:
        page = lxml.html.document_fromstring(_shown(content))
    except (LxmlError, ValueError):
        return set()
    for element in page.xpath("|".join(f"//{tag}" for tag in _UNSEEN)):
        element.drop_tree()
    text = page.text_content()
    return numbers(text, least=2) & {int(number) for number in _END.findall(" ".join(text.split()))}


def _shown(content: bytes) -> bytes:
    """What stands before a template that is not closed: browsers show nothing of the rest."""
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = content.decode("utf-16" if wide else "latin-1", "replace")
    depth = start = 0
    for tag in _TAG.finditer(text):
        if tag[2] != "template":
            continue
        if tag[1]:
            depth = max(depth - 1, 0)
            continue
        start = start if depth else tag.start()
        depth += 1
    return text[:start].encode("utf-16" if wide else "latin-1") if depth else content


def numbers(text: str, least: int = 1) -> set[int]:
    """The numbers of the paragraphs of which at least so many of three signs stand in a text."""
    found = _NUMBER.findall(" ".join(text.split()))
    signs = Counter(int(word or processor or int(days) - 2) for word, processor, days in found)
    return {number for number, count in signs.items() if count >= least}


def faults(seed: int) -> list[str]:
    """What is wrong with the reading of a seed's page; nothing, as it should be."""
    content, kind = mutated(seed)
    try:
        examined = examine((_part(content),), Selection(), baseline(kind))
    except ExtractionError as error:
        return [] if len(str(error).split()) >= 5 else [f"unexplained: {error}"]
    except Exception as error:  # noqa: BLE001 - whatever comes is the finding
        return [f"crash: {type(error).__name__}: {error}"]
    return list(_faults_of(examined, content, kind))


def _faults_of(examined: Examined, content: bytes, kind: int) -> Iterator[str]:
    if not examined.text.strip() and not examined.suspect:
        yield "nothing was read, and nobody is told"
    if examined.suspect:
        return
    read, before = numbers(examined.text), numbers(baseline(kind))
    if lost := before & seen_by_readers(content) - read:
        yield f"seen, not read, not doubted: {sorted(lost)}"
    gone = before - read
    told = examined.comparison.findings if examined.comparison else ()
    if gone and not told:
        yield f"gone without a word: {sorted(gone)}"


def fuzz(seeds: range, processes: int = 1) -> dict[str, object]:
    """Read the pages of all these seeds; figures, and the first faults of each kind."""
    started = time.monotonic()
    found: dict[int, list[str]] = {}
    if processes == 1:
        found = {seed: wrong for seed in seeds if (wrong := faults(seed))}
    else:
        with Pool(processes) as pool:
            answers = pool.imap(faults, seeds, chunksize=100)
            found = {s: wrong for s, wrong in zip(seeds, answers, strict=True) if wrong}
    kinds = Counter(wrong.partition(":")[0] for each in found.values() for wrong in each)
    return {
        "pages": len(seeds),
        "seconds": round(time.monotonic() - started),
        "faults": dict(kinds),
        "first": dict(list(found.items())[:8]),
    }


def main() -> None:
    """So many seeds, on two processes."""
    count = int(sys.argv[1])
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    print(json.dumps(fuzz(range(first, first + count), processes=2), indent=1))


if __name__ == "__main__":
    main()
