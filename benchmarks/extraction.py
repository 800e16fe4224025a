"""How much of a policy survives extraction, how much of its page leaks in, and how fast.

    python -m benchmarks.extraction [--texts N] [--loads N] [--list]

Policies (written here by a generator, and those of ../shared/eval where present) are wrapped in
the pages of benchmarks/pages.py and read back, by us and by trafilatura in the same run:

  recall     sentences of the policy found in the text, letters and digits compared
  leak       share of the text's letters that stand in no block of the policy
  stability  pages whose text is the same over several loads with other noise
  ms         processor time a page (wall time depends on what else the machine does)

Kinds marked * were written after the pruner and are reported apart.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import trafilatura

from benchmarks.pages import HELD_OUT, SEEN, Block, Dice, Wrapper, blocks_of
from benchmarks.policies import written
from monitor.extraction import read_document
from monitor.segmentation import plain, sentences

EVAL = Path(__file__).resolve().parents[2] / "shared" / "eval" / "pairs"
URL = "https://www.brindle.example/legal/policy"
TARGET_BYTES = 86_000


@dataclass
class Tally:
    """What one extractor did with the pages of one kind."""

    sentences: int = 0
    found: int = 0
    letters: int = 0
    leaked: int = 0
    stable: int = 0
    pages: int = 0
    worst: float = 1.0
    milliseconds: list[float] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)

    def line(self, name: str) -> str:
        """One row of the report."""
        times = sorted(self.milliseconds)
        p95 = times[min(len(times) - 1, int(0.95 * len(times)))]
        return (
            f"{name:24} {self.found / self.sentences:8.2%} {self.worst:8.2%} "
            f"{self.leaked / max(1, self.letters):7.2%} {self.stable / self.pages:9.1%} "
            f"{statistics.median(times):7.1f} {p95:7.1f} {self.pages:6} "
            f"{statistics.median(self.bytes) / 1000:5.0f}"
        )

    def add(self, other: Tally) -> None:
        """Sum up."""
        for name in ("sentences", "found", "letters", "leaked", "stable", "pages"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.worst = min(self.worst, other.worst)
        self.milliseconds += other.milliseconds
        self.bytes += other.bytes


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report. Returns 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=24, help="how many policies")
    parser.add_argument("--loads", type=int, default=3, help="loads a page for the stability")
    parser.add_argument("--list", action="store_true", help="show what was missed and what leaked")
    options = parser.parse_args(arguments)
    policies = list(_policies(options.texts))
    read_document(b"<p>Warm up the language model and the patterns of dates in 2024.</p>")
    ours, theirs = Tally(), Tally()
    head = (
        "kind                       recall    worst    leak stability      ms     p95  pages    kB"
    )
    print(
        f"{len(policies)} policies, {len(SEEN)} kinds of pages and {len(HELD_OUT)} held out (*)",
        head,
        sep="\n",
    )
    for wrapper in (*SEEN, *HELD_OUT):
        star = "*" if wrapper in HELD_OUT else ""
        tally = _measure(policies, wrapper, _ours, options.loads)
        print(tally.line(star + wrapper.__name__), flush=True)
        if options.list:
            _show(tally)
        ours.add(tally)
        theirs.add(_measure(policies, wrapper, _trafilatura, options.loads))
    print(ours.line("policywatch"))
    print(theirs.line("trafilatura"))
    good = ours.found >= 0.995 * ours.sentences and ours.leaked <= 0.01 * ours.letters
    return 0 if good and ours.stable == ours.pages else 1


def _ours(page: bytes) -> str:
    return read_document(page, url=URL).text


def _trafilatura(page: bytes) -> str:
    return trafilatura.extract(page, url=URL, favor_recall=True, output_format="markdown") or ""


def _measure(
    policies: Sequence[list[Block]], wrapper: Wrapper, extract: Callable[[bytes], str], loads: int
) -> Tally:
    tally = Tally()
    for number, blocks in enumerate(policies):
        texts = set()
        for load in range(loads):
            page = wrapper(blocks, Dice(1000 * number + load)).markup.encode()
            tally.bytes.append(len(page))
            started = time.process_time()
            text = extract(page)
            tally.milliseconds.append(1000 * (time.process_time() - started))
            texts.add(text)
            if not load:
                _score(tally, blocks, text)
        tally.pages += 1
        tally.stable += len(texts) == 1
    return tally


def _score(tally: Tally, blocks: Sequence[Block], text: str) -> None:
    output = _letters(plain(text).text)
    wanted = [_letters(text[a:b]) for text in map(_words, blocks) for a, b in sentences(text)]
    wanted = [sentence for sentence in wanted if len(sentence) > 3]
    missed = [sentence for sentence in wanted if sentence not in output]
    tally.sentences += len(wanted)
    tally.found += len(wanted) - len(missed)
    tally.worst = min(tally.worst, 1 - len(missed) / max(1, len(wanted)))
    tally.missed += missed
    policy = "\n".join(_letters(block.text) for block in blocks)
    for line in text.splitlines():
        letters = _letters(re.sub(r"^\s*\w{1,4}\.\s", "", plain(line).text))
        tally.letters += len(letters)
        if letters and letters not in policy:
            tally.leaked += len(letters)
            tally.leaks.append(line)


def _words(block: Block) -> str:
    return block.text.replace("|", " ") if block.kind == "row" else block.text


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())


def _show(tally: Tally) -> None:
    for mark, lines in (("missed", tally.missed), ("leaked", tally.leaks)):
        for line in list(dict.fromkeys(lines))[:8]:
            print(f"    {mark}: {line[:140]}")


# --- policies ------------------------------------------------------------------------------------


def _policies(count: int) -> Iterator[list[Block]]:
    """Half generated, half recorded (all generated where there are no recorded ones)."""
    recorded = sorted(EVAL.glob("*.new.md"))
    chosen = recorded[:: max(1, 2 * len(recorded) // count)][: count // 2] if recorded else []
    for number in range(count - len(chosen)):
        roll = random.Random(number)
        yield blocks_of(written(roll, roll.choice((20_000, 40_000, TARGET_BYTES))))
    for path in chosen:
        blocks = blocks_of(path.read_text("utf-8"))
        if sum(len(block.text) for block in blocks) > 1500:
            yield blocks


if __name__ == "__main__":
    sys.exit(main())
