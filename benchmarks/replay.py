"""Replay recorded histories of policies through the capture gate and the flap memory.

    python benchmarks/replay.py HISTORY [--labels FOLDER] [--only PATTERN] [--show N]

HISTORY is a git repository as Open Terms Archive publishes them, or a folder of dated files; it is
replayed as `policywatch backtest` does it (docs/backtest.md), which this sums up from the gate's
point of view: what was held back, for which reason, and whether it recovered. With ``--labels`` the
labelled pairs of a folder (``labels.jsonl``, ``pairs/``) are judged too.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from monitor.capture import capture_verdict, judge
from monitor.extraction import read_document
from monitor.model import Document


def document_of(text: str) -> Document:
    """A recorded text as the daemon reads it."""
    return read_document(text.encode(), media_type="text/markdown")


# --- labelled pairs ----------------------------------------------------------------------------


@dataclass
class PairScores:
    """How the gate fares on labelled pairs; ``wrong`` and ``missed`` name pairs."""

    right: int = 0
    edits: int = 0
    held_back: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def f1(self) -> float:
        """Of the verdict "capture"."""
        failures = len(self.wrong) + len(self.missed)
        return 2 * self.right / max(2 * self.right + failures, 1)


def judge_pairs(folder: Path) -> PairScores:
    """Judge the labelled pairs of a folder (``labels.jsonl`` and ``pairs/``), the sure ones."""
    scores = PairScores()
    for line in (folder / "labels.jsonl").read_text("utf-8").splitlines():
        label = json.loads(line)
        if not label["sure"]:
            continue
        old, new = (
            document_of((folder / "pairs" / f"{label['id']}.{side}.md").read_text("utf-8"))
            for side in ("old", "new")
        )
        said = capture_verdict(old, new) is not None
        if label["verdict"] == "capture":
            scores.right += said
            scores.missed += [] if said else [label["id"]]
        else:
            scores.wrong += [label["id"]] if said else []
            scores.edits += 1
            scores.held_back += not judge(new, old).ok
    return scores


# --- recorded histories ------------------------------------------------------------------------


def replay(history: Path, only: str) -> dict[str, Any]:
    """What `policywatch backtest --json` says of a history."""
    code = "from monitor.cli import main; main()"
    command = [sys.executable, "-c", code, "backtest", str(history), "--json"]
    command += ["--only", only] if only else []
    ran = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return dict(json.loads(ran.stdout))


def _stood(event: dict[str, Any]) -> str:
    """For an alert, how long the change stood: a capture that recovers is gone at the next look."""
    if event["kind"] != "alert":
        return ""
    if event["stood"] == 0:
        return ", within the same recording"
    return ", within half a day" if event["stood"] <= 12.5 else ", later"


def cases(result: dict[str, Any]) -> dict[str, list[str]]:
    """What is worth looking at, by kind, each as policy, instant and reference."""
    found: dict[str, list[str]] = defaultdict(list)
    for policy in result["policies"]:
        for event in policy["events"]:
            where = f"{policy['policy']} {event['at'][:16]} {event['reference'][:12]}"
            for code in event["codes"]:
                found[f"held back: {code}"].append(where)
            for health in event["health"]:
                found[f"health alert: {health}"].append(where)
            if event["taken_back"]:
                found[f"taken back soon: {event['kind']}{_stood(event)}"].append(where)
            if event["taken_back"] and event["kept"] < 0.5:
                found["taken back soon, half the text lost"].append(where)
    return found


def main() -> None:
    """Replay, and print the sums."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("history", type=Path, nargs="?")
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--only", default="", help='only these documents, as in "Loom/*"')
    parser.add_argument("--show", type=int, default=0, help="name so many cases of each kind")
    chosen = parser.parse_args()
    if chosen.labels:
        scores = judge_pairs(chosen.labels)
        print(f"capture verdict: F1 {scores.f1:.3f} on {scores.right} failures found,")
        print(f"  missed {scores.missed or 'none'}, wrong {scores.wrong or 'none'}")
        print(f"labelled edits held back: {scores.held_back} of {scores.edits}")
    if chosen.history is None:
        return
    result = replay(chosen.history, chosen.only)
    sums = result["sums"]
    for kind, count in sums["kinds"].items():
        print(f"{count:8} {kind}")
    print(f"{sums['suspects_taken_back']:8} of the suspects recover within five records")
    for what, where in sorted(cases(result).items()):
        print(f"{len(where):8} {what}")
        for case in where[: chosen.show]:
            print(f"         {case}")


if __name__ == "__main__":
    main()
