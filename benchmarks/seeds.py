"""What five real policies promise, and how long it takes to read them.

usage: python -m benchmarks.seeds [FOLDER] [--write]

Prints each commitment with the section its quote stands in (never the text), then contradictions;
``--write`` puts the same into docs/seeds.md. The default folder is ../shared/seeds.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from monitor.commitments import commitments_of, contradictions, refusals_of
from monitor.lexicon import guess_language
from monitor.model import Commitment, Document
from monitor.segmentation import segment

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ROOT.parent / "shared" / "seeds"
_HEAD = """# What the five seed policies promise

Written by `python -m benchmarks.seeds --write`; the texts themselves are not part of this project.
Section is the heading under which the sentence stands. What a policy does not say is not listed:
absence is an answer too.
"""


def main(arguments: list[str]) -> int:
    """Print the report, and write it where asked."""
    folders = [Path(word) for word in arguments if not word.startswith("--")]
    folder = folders[0] if folders else SEEDS
    paths = sorted(folder.glob("*.txt"))
    if not paths:
        print(f"skipped: no .txt files in {folder}")
        return 0
    lines = [_HEAD]
    for path in paths:
        text = path.read_text(encoding="utf-8")
        started = time.perf_counter()
        lines += report(path.stem.split("_")[0], text)
        print(f"{path.stem}: {len(text)} characters, {time.perf_counter() - started:.3f} s")
    page = "\n".join(lines) + "\n"
    if "--write" in arguments:
        (ROOT / "docs" / "seeds.md").write_text(page, encoding="utf-8")
    else:
        print(page)
    return 0


def report(number: str, text: str) -> Iterator[str]:
    """The commitments and contradictions of one policy as lines of Markdown."""
    language = guess_language(text)
    document = Document(text, segment(text, "text/plain"), "text/plain", language=language)
    found = commitments_of(document)
    yield f"## {number} ({language})\n"
    yield "| kind | value | scope | condition | section |"
    yield "|---|---|---|---|---|"
    for c in sorted(found, key=lambda c: c.kind):
        section = c.quote.section.replace("|", "/") or "(top)"
        yield f"| {c.kind} | {spelled(c)} | {c.scope} | {c.condition} | {section} |"
    yield ""
    for one in contradictions(found, refusals_of(document)):
        places = " / ".join(c.quote.section or "(top)" for c in (one.first, one.second))
        yield f"- contradicts: {one.summary} ({places})"
    yield ""


def spelled(commitment: Commitment) -> str:
    """A value with its unit, on one line."""
    value = commitment.value
    words = ", ".join(sorted(value)) if isinstance(value, frozenset) else str(value)
    return f"{words} {commitment.unit}".strip().replace("|", "/")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
