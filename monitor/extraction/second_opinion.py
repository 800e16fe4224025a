"""trafilatura's view of a page, asked where much of the page was pruned.

Its main-content finder loses lists and headings, but where it takes running text that we pruned,
the pruning was wrong: those passages are given back (recall first). Asked only then, because it
costs as much as all of our own reading.
"""

from __future__ import annotations

import re

_MIN_WORDS = 20
_WORD = re.compile(r"\w+")


def passages(content: bytes) -> list[str]:
    """The passages of running text (20 words or more) that trafilatura holds to be the content.

    Never raises for a page it cannot read: an opinion that is not to be had is no opinion.
    """
    import trafilatura  # half a second, and few pages need it

    # bytes, because it detects charsets better than any caller; never deduplicate=True, whose
    # memory is global and empties later pages
    found = trafilatura.extract(
        content, favor_recall=True, include_comments=False, include_tables=True, deduplicate=False
    )
    return [line for line in (found or "").splitlines() if len(_WORD.findall(line)) >= _MIN_WORDS]


def overlooked(content: bytes, text: str) -> list[str]:
    """Those passages of the page that ``text`` does not have, in their order, as plain words."""
    have = words_of(text)
    return [words for passage in passages(content) if (words := words_of(passage)) not in have]


def words_of(text: str) -> str:
    """A text as its words alone, so that markup and white space do not count."""
    return " ".join(_WORD.findall(text.lower()))
