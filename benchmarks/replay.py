"""Replay recorded histories of policies through the capture gate and the flap memory.

    python benchmarks/replay.py HISTORY [--labels FOLDER] [--documents N] [--compare] [--show N]

HISTORY is a git repository as Open Terms Archive publishes them (``<service>/<terms>.md``, a commit
for each recorded version). Every recorded version is taken as a capture at the time of its commit;
between two of them the page is looked at whenever the memory asks for it, else every six hours.
With ``--labels`` the labelled pairs of a folder (``labels.jsonl``, ``pairs/``) are judged too. With
``--compare`` the changes that would be alerted about are counted as well (slower).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import IO

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from monitor.capture import Decision, Good, Suspect, capture_verdict, decide, judge
from monitor.capture.profile import words_of
from monitor.extraction import read_document
from monitor.model import Document, SourceMemory

CONFIRM, HOLD, UNREACHABLE = timedelta(minutes=15), timedelta(hours=24), timedelta(days=2)
EVERY, PATIENCE = timedelta(hours=6), timedelta(days=8)
RECOVERS_WITHIN = 5


def document_of(text: str) -> Document:
    """A recorded text as the daemon reads it."""
    return read_document(text.encode(), media_type="text/markdown")


# --- the recorded history ----------------------------------------------------------------------


@dataclass(frozen=True)
class Recorded:
    """One recorded version: when, and the git blob of its text."""

    at: datetime
    blob: str


def histories(repository: Path) -> dict[str, list[Recorded]]:
    """Every document's recorded versions, oldest first."""
    command = ["git", "-C", str(repository), "log", "--reverse", "--no-renames", "--raw"]
    command += ["--abbrev=40", "--diff-filter=AM", "--format=@%ct"]
    log = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    found: dict[str, list[Recorded]] = defaultdict(list)
    at = datetime.now(UTC)
    for line in log.splitlines():
        if line.startswith("@"):
            at = datetime.fromtimestamp(int(line[1:]), UTC)
        elif line.startswith(":"):
            meta, path = line.split("\t", 1)
            path = path.strip('"')
            if path.endswith(".md") and "/" in path:
                last = found[path][-1].at if found[path] else at
                found[path].append(Recorded(max(at, last), meta.split()[3]))
    return dict(found)


class Blobs:
    """Documents by git blob, read through one ``git cat-file`` process; the last few are kept."""

    def __init__(self, repository: Path) -> None:
        command = ["git", "-C", str(repository), "cat-file", "--batch"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._kept: OrderedDict[str, Document] = OrderedDict()

    def text(self, blob: str) -> str | None:
        """The text of a blob; None where the snapshot lacks it."""
        into, out = self._pipes()
        into.write(f"{blob}\n".encode())
        into.flush()
        header = out.readline().split()
        if len(header) < 3:
            return None
        content = out.read(int(header[2]))
        out.read(1)
        return content.decode("utf-8", "replace")

    def document(self, blob: str) -> Document:
        if blob not in self._kept:
            self._kept[blob] = document_of(self.text(blob) or "")
            if len(self._kept) > 8:
                self._kept.popitem(last=False)
        self._kept.move_to_end(blob)
        return self._kept[blob]

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin, self._process.stdout


# --- one document through the gate -------------------------------------------------------------


@dataclass
class Tally:
    """What happened, summed over documents; ``cases`` names documents and instants to look at."""

    counts: Counter[str] = field(default_factory=Counter)
    cases: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    seconds: list[float] = field(default_factory=list)

    def note(self, what: str, where: str = "") -> None:
        self.counts[what] += 1
        if where:
            self.cases[what].append(where)


class Replay:
    """One document's history, looked at as the daemon would have."""

    def __init__(self, path: str, recorded: list[Recorded], blobs: Blobs, tally: Tally) -> None:
        self.path, self.recorded, self.blobs, self.tally = path, recorded, blobs, tally
        self.memory = SourceMemory()
        self.known: dict[str, int] = {}
        self.baseline: str | None = None
        self.judged: dict[tuple[str, str | None], tuple[str, ...]] = {}
        self.wordings: set[int] = set()

    def run(self, compare: bool) -> None:
        texts = [item.blob for item in self.recorded]
        self.tally.counts["documents"] += 1
        self.tally.counts["recorded changes"] += len(texts) - 1
        for index, item in enumerate(self.recorded):
            following = self.recorded[index + 1].at if index + 1 < len(texts) else None
            before = self.baseline
            actions = list(self._watch(item, following))
            soon = texts[index + 1 : index + 1 + RECOVERS_WITHIN]
            self._sum_up(index, actions, before, before in soon, compare)

    def _watch(self, item: Recorded, following: datetime | None) -> Iterator[str]:
        """Look at one recorded text until nothing is open or the next one stands there."""
        now, end = item.at, min(following or item.at + PATIENCE, item.at + PATIENCE)
        while True:
            decision = self._check(item.blob, now)
            yield decision.action
            settled = decision.action not in ("hold", "suspect")
            if settled and "unstable" not in self.memory.conditions:
                return
            now = min(decision.look_again_at or now + EVERY, now + EVERY)
            if now >= end:
                return

    def _check(self, blob: str, now: datetime) -> Decision:
        reasons = self._judge(blob)
        decision = decide(
            self.memory,
            Suspect(blob, reasons) if reasons else Good(blob),
            baseline_digest=self.baseline,
            known=self.known,
            now=now,
            confirm_after=CONFIRM,
            flap_hold=HOLD,
            unreachable_after=UNREACHABLE,
        )
        self.memory = decision.memory
        for event in decision.events:
            self.tally.note(f"health alerts: {event.kind}")
        if decision.action in ("first", "new_version", "revert"):
            self.baseline = blob
            self.known.setdefault(blob, len(self.known) + 1)
        return decision

    def _judge(self, blob: str) -> tuple[str, ...]:
        key = (blob, self.baseline)
        if key not in self.judged:
            new = self.blobs.document(blob)
            old = self.blobs.document(self.baseline) if self.baseline else None
            started = time.perf_counter()
            judgement = judge(new, old)
            self.tally.seconds.append(time.perf_counter() - started)
            self.judged[key] = tuple(reason.code for reason in judgement.reasons)
        return self.judged[key]

    def _sum_up(
        self, index: int, actions: list[str], before: str | None, recovers: bool, compare: bool
    ) -> None:
        item = self.recorded[index]
        where = f"{self.path} {item.at:%Y-%m-%d %H:%M} {item.blob[:12]}"
        for action in dict.fromkeys(actions):
            self.tally.note(action)
        if "ask_people" in actions or "suspect" in actions:
            for code in self._judge(item.blob):
                self.tally.note(f"suspect: {code}", where)
            self.tally.note("suspects that recover" if recovers else "suspects that stay", where)
        changed = before is not None and ("new_version" in actions or "revert" in actions)
        if not changed:
            return
        assert before is not None
        self.tally.note("changes of the baseline")
        if recovers:
            lost = len(self.blobs.document(item.blob).text) / max(
                len(self.blobs.document(before).text), 1
            )
            self.tally.note("changes taken back soon", where)
            if lost < 0.5:
                self.tally.note("changes taken back soon, half the text lost", where)
        if compare:
            self._compare(before, item.blob, recovers, where)
            self.wordings.add(hash(words_of(self.blobs.document(item.blob).text)))

    def _compare(self, before: str, after: str, recovers: bool, where: str) -> None:
        from monitor.comparison import compare_documents

        old, new = self.blobs.document(before), self.blobs.document(after)
        verdict = compare_documents(old, new).verdict
        self.tally.note(f"verdict: {verdict}")
        if verdict == "material" and hash(words_of(new.text)) in self.wordings:
            self.tally.note("change alerts on the words of an earlier version", where)
        if verdict == "material" and recovers:
            self.tally.note("change alerts on texts taken back soon", where)


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


def main() -> None:
    """Replay, and print the sums."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("history", type=Path, nargs="?")
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--documents", type=int, default=0, help="replay only so many, by hash")
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("--show", type=int, default=0, help="name so many cases of each kind")
    chosen = parser.parse_args()
    if chosen.labels:
        scores = judge_pairs(chosen.labels)
        print(f"capture verdict: F1 {scores.f1:.3f} on {scores.right} failures found,")
        print(f"  missed {scores.missed or 'none'}, wrong {scores.wrong or 'none'}")
        print(f"labelled edits held back: {scores.held_back} of {scores.edits}")
    if chosen.history is None:
        return
    tally, blobs = Tally(), Blobs(chosen.history)
    everything = sorted(
        histories(chosen.history).items(), key=lambda item: sha256(item[0].encode()).digest()
    )
    for path, recorded in everything[: chosen.documents or None]:
        there = [item for item in recorded if blobs.text(item.blob) is not None]
        if there:
            Replay(path, there, blobs, tally).run(chosen.compare)
    for what, count in sorted(tally.counts.items()):
        print(f"{count:8} {what}")
    tally.seconds.sort()
    if tally.seconds:
        middle, high = (tally.seconds[int(len(tally.seconds) * at)] * 1000 for at in (0.5, 0.95))
        print(f"judge: median {middle:.1f} ms, p95 {high:.1f} ms")
    for what, where in tally.cases.items():
        for case in where[: chosen.show]:
            print(f"{what}: {case}")


if __name__ == "__main__":
    main()
