"""How well single paragraphs are sorted into categories, on paragraphs labelled by hand.

usage: python -m benchmarks.classify [FOLDER] [--confusions]

Prints precision, recall and micro F1 for each language and in all; ``--confusions`` lists the
paragraphs that were sorted otherwise. The default folder is tests/lexicon/paragraphs: one TOML file
a language, with a table ``paragraph`` of ``text`` and ``about`` (categories, possibly none).
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from monitor.commitments import classify

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "lexicon" / "paragraphs"


def paragraphs(folder: Path) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Language, text and labels of every paragraph in a folder."""
    for path in sorted(folder.glob("*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["paragraph"]:
            yield path.stem, entry["text"], frozenset(entry["about"])


def micro(counts: Counter[str]) -> tuple[float, float, float]:
    """Precision, recall and F1 of counted ``right``, ``extra`` and ``missed`` labels."""
    right = counts["right"]
    precision = right / ((right + counts["extra"]) or 1)
    recall = right / ((right + counts["missed"]) or 1)
    return precision, recall, 2 * precision * recall / ((precision + recall) or 1)


def score(folder: Path = FOLDER) -> tuple[dict[str, Counter[str]], list[str]]:
    """Counts by language and for "all", and a line for each paragraph sorted otherwise."""
    counts: dict[str, Counter[str]] = {}
    confusions: list[str] = []
    for language, text, about in paragraphs(folder):
        found = classify(text)
        outcome = {"right": len(found & about), "extra": len(found - about),
                   "missed": len(about - found)}  # fmt: skip
        for key in (language, "all"):
            counts.setdefault(key, Counter()).update(outcome)
        if found != about:
            extra, missed = ", ".join(sorted(found - about)), ", ".join(sorted(about - found))
            confusions.append(f"{language}: extra [{extra}] missed [{missed}] {text[:90]}")
    return counts, confusions


def main(arguments: list[str]) -> int:
    """Print the report."""
    folders = [Path(word) for word in arguments if not word.startswith("--")]
    counts, confusions = score(*folders[:1])
    if not counts:
        print("skipped: no paragraphs found")
        return 0
    for key, counted in counts.items():
        precision, recall, f1 = micro(counted)
        print(f"{key:4} precision {precision:.3f}  recall {recall:.3f}  micro F1 {f1:.3f}")
    if "--confusions" in arguments:
        print("\n".join(confusions))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
