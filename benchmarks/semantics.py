"""How well ``compare`` decides, on a folder of labelled pairs.

    python benchmarks/semantics.py FOLDER [--list] [--json] [--half even|odd]

FOLDER holds ``labels.jsonl``, ``pairs/<id>.old.md``, ``pairs/<id>.new.md`` and, if there are any,
``minimal_pairs.jsonl``. Pairs labelled as unsure count for nothing. See docs/semantics.md.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from monitor.comparison import compare
from monitor.model import Comparison

STRONG = ("high", "medium")


@dataclass
class Pair:
    """A labelled pair and what was made of it."""

    label: dict[str, Any]
    result: Comparison
    milliseconds: float

    @property
    def verdict(self) -> str:
        return str(self.label["verdict"])

    def labelled(self) -> dict[str, list[dict[str, Any]]]:
        """The labelled changes that count, by category."""
        changes: dict[str, list[dict[str, Any]]] = {}
        for change in self.label["changes"]:
            if change["severity"] in STRONG:
                changes.setdefault(change["category"], []).append(change)
        return changes

    def low(self) -> set[str]:
        return {c["category"] for c in self.label["changes"] if c["severity"] == "low"}

    def found(self) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for finding in self.result.findings:
            if finding.severity in STRONG:
                found.setdefault(finding.category, []).append(finding)
        return found


@dataclass
class Tally:
    """Right, wrongly raised, missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    ids: dict[str, list[str]] = field(default_factory=lambda: {"wrong": [], "missed": []})

    def count(self, truth: bool, said: bool, name: str) -> None:
        self.right += truth and said
        if said and not truth:
            self.wrong += 1
            self.ids["wrong"].append(name)
        if truth and not said:
            self.missed += 1
            self.ids["missed"].append(name)

    def scores(self) -> dict[str, float]:
        precision = self.right / max(1, self.right + self.wrong)
        recall = self.right / max(1, self.right + self.missed)
        both = precision + recall
        return {
            "precision": round(precision, 3),
            "recall": round(recall, 3),
            "f1": round(2 * precision * recall / both, 3) if both else 0.0,
        }


def run(folder: Path) -> list[Pair]:
    """Compare every pair of the folder, timing each."""
    pairs = []
    for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        texts = [
            (folder / "pairs" / f"{label['id']}.{side}.md").read_text(encoding="utf-8")
            for side in ("old", "new")
        ]
        begun = time.perf_counter()
        result = compare(texts[0], texts[1])
        pairs.append(Pair(label, result, 1000 * (time.perf_counter() - begun)))
    return pairs


def score(pairs: Sequence[Pair]) -> dict[str, Any]:
    """All figures of the folder's README, for the pairs that are sure."""
    sure = [pair for pair in pairs if pair.label["sure"]]
    alert, capture, category = Tally(), Tally(), Tally()
    directions: list[bool] = []
    severities: list[bool] = []
    for pair in sure:
        name = pair.label["id"]
        alert.count(pair.verdict == "material", pair.result.verdict == "material", name)
        capture.count(pair.verdict == "capture", pair.result.verdict == "capture", name)
        if pair.verdict != "capture":
            _score_categories(pair, category, directions, severities)
    times = sorted(pair.milliseconds for pair in pairs)
    return {
        "pairs": len(sure),
        "alert": alert.scores(),
        "capture": capture.scores(),
        "category": category.scores(),
        "direction": _share(directions),
        "severity": _share(severities),
        "median_ms": round(statistics.median(times), 1) if times else 0.0,
        "p95_ms": round(times[int(0.95 * (len(times) - 1))], 1) if times else 0.0,
        "confusion": {"alert": alert.ids, "capture": capture.ids, "category": category.ids},
    }


def _score_categories(
    pair: Pair, category: Tally, directions: list[bool], severities: list[bool]
) -> None:
    labelled, found = pair.labelled(), pair.found()
    for name in sorted({*labelled, *found}):
        if name not in labelled and name in pair.low():
            continue
        category.count(name in labelled, name in found, f"{pair.label['id']}:{name}")
        if name in labelled and name in found:
            wanted = {change["direction"] for change in labelled[name]}
            directions.append(bool(wanted & {finding.direction for finding in found[name]}))
            high = any(change["severity"] == "high" for change in labelled[name])
            severities.append(high == any(f.severity == "high" for f in found[name]))


def _share(outcomes: Sequence[bool]) -> float:
    return round(sum(outcomes) / len(outcomes), 3) if outcomes else 0.0


def minimal(folder: Path) -> dict[str, Any]:
    """The written clause pairs: one right category, its direction, and a verdict of material."""
    path = folder / "minimal_pairs.jsonl"
    if not path.exists():
        return {"right": 0, "of": 0, "missed": []}
    missed = []
    lines = path.read_text(encoding="utf-8").splitlines()
    for line in lines:
        pair = json.loads(line)
        result = compare(pair["before"], pair["after"])
        met = any(
            finding.category in pair["categories"]
            and pair["direction"] in (None, finding.direction)
            for finding in result.findings
        )
        if not met or result.verdict != "material":
            missed.append(pair["id"])
    return {"right": len(lines) - len(missed), "of": len(lines), "missed": missed}


def by_stratum(pairs: Sequence[Pair], key: Callable[[Pair], str]) -> dict[str, Any]:
    """Alert scores for each group of pairs."""
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(key(pair), []).append(pair)
    return {
        name: {"pairs": (scored := score(group))["pairs"], "alert": scored["alert"]}
        for name, group in sorted(groups.items())
    }


def report(scores: dict[str, Any]) -> Iterable[str]:
    """The figures as lines for people."""
    for name in ("alert", "capture", "category"):
        s = scores[name]
        yield f"{name:10} P {s['precision']:.3f}  R {s['recall']:.3f}  F1 {s['f1']:.3f}"
    yield f"direction  {scores['direction']:.3f}   severity {scores['severity']:.3f}"
    yield f"time       median {scores['median_ms']} ms, p95 {scores['p95_ms']} ms a pair"


def listing(pairs: Sequence[Pair]) -> Iterable[str]:
    """The pairs on which labels and verdicts or categories disagree."""
    for pair in pairs:
        labelled, found = pair.labelled(), pair.found()
        if pair.verdict == pair.result.verdict == "capture":
            continue
        if pair.label["sure"] and (
            (pair.verdict == "material") != (pair.result.verdict == "material")
            or (pair.verdict == "capture") != (pair.result.verdict == "capture")
            or set(labelled) != set(found)
        ):
            yield f"{pair.label['id']} {pair.verdict} -> {pair.result.verdict}"
            for change in pair.label["changes"]:
                yield f"    label {change['category']} {change['direction']} " + (
                    f"{change['severity']}: {change['what']}"
                )
            for f in pair.result.findings:
                if f.severity in STRONG:
                    said = f"{f.category} {f.direction} {f.severity}"
                    yield f"    found {said} [{f.rule}] {f.summary}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--list", action="store_true", help="list disagreements")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--half", choices=("even", "odd"), help="only every other pair")
    options = parser.parse_args()
    compare("We warm up.", "We warm up the caches.")
    pairs = run(options.folder)
    if options.half:
        pairs = pairs[0 if options.half == "even" else 1 :: 2]
    scores = score(pairs)
    scores["minimal"] = minimal(options.folder)
    scores["by_language"] = by_stratum(pairs, lambda pair: str(pair.label["lang"]))
    scores["by_verdict"] = by_stratum(pairs, lambda pair: pair.verdict)
    if options.json:
        print(json.dumps(scores, indent=2))
        return
    print("\n".join(report(scores)))
    small = scores["minimal"]
    print(f"minimal    {small['right']}/{small['of']}  {' '.join(small['missed'])}")
    for name, group in scores["by_language"].items():
        print(f"  {name}: {group['pairs']} pairs, alert F1 {group['alert']['f1']:.3f}")
    if options.list:
        print("\n".join(listing(pairs)))


if __name__ == "__main__":
    main()
