"""Texts and bytes at rest."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import text_digest
from store import NewVersion, Store, blobs, packing, texts
from store.tables import BlobRow
from tests.store.behind import rows
from tests.store.recorded import NOW, OWNER, policy_text

#: Revisions of a long history: more than two runs of texts; in campaigns many.
ROUNDS = pytest.mark.parametrize("rounds", [300, pytest.param(1000, marks=pytest.mark.campaign)])


@settings(max_examples=50)
@given(st.binary(max_size=3000), st.binary(max_size=3000))
def test_packing_against_anything_is_lossless(content: bytes, base: bytes) -> None:
    """Bytes come back whatever they were packed against, empty ones included."""
    assert packing.unpack(packing.pack(content, base), base) == content


@pytest.mark.parametrize("size", [0, 1, 200_000, 3_000_000])
def test_a_large_text_is_a_small_delta(size: int) -> None:
    """Also a text larger than a compressor's usual window is found again in the one before it."""
    base = random.Random(7).randbytes(size)
    content = base[: size // 2] + b"a new sentence" + base[size // 2 :]
    packed = packing.pack(content, base)
    assert packing.unpack(packed, base) == content
    assert len(packed) < 2_000


@given(st.text(), st.text())
@settings(max_examples=30, deadline=None)
def test_a_text_comes_back_as_it_was(one: str, other: str) -> None:
    """Any text is read back exactly, characters that no encoding likes included."""
    assert texts.encoded(one).decode("utf-8", "surrogatepass") == one
    assert (text_digest(one) == text_digest(other)) == (one == other)


def revised(number: int) -> list[str]:
    """The texts of a policy that is revised so many times, a line each time."""
    rng = random.Random(1)
    lines = policy_text(1).splitlines()
    history = []
    for revision in range(number):
        lines[rng.randrange(len(lines))] = f"Clause of revision {revision}, {rng.random()}."
        history.append("\n".join(lines))
    return history


def recorded(store: Store, history: Sequence[str]) -> None:
    """Make versions of these texts, as an import does."""
    at = NOW - timedelta(days=len(history))
    versions = [
        NewVersion(number, None, text, text_digest(text), "text/markdown", "made up", "import",
                   at + timedelta(days=number), None)
        for number, text in enumerate(history, 1)
    ]  # fmt: skip
    assert store.lease("acme", OWNER, NOW, timedelta(hours=1))
    assert store.record_history("acme", OWNER, versions, [], NOW)


@ROUNDS
def test_many_versions_read_back_and_stay_small(store: Store, rounds: int) -> None:
    """Texts of a long history read back, at a small fraction of a whole text, none stored twice."""
    history = revised(rounds)
    recorded(store, [*history, history[3]])
    for number, text in list(enumerate(history, 1))[::7]:
        assert store.version_text("acme", number) == text
    assert store.version_text("acme", rounds + 1) == history[3]
    counts = store.counts()
    assert counts["texts"] == rounds
    alone = len(zstandard.compress(texts.encoded(history[-1]), 9))
    assert counts["texts_stored_bytes"] / rounds < alone / 8
    assert store.verify() == []


@ROUNDS
def test_a_long_history_is_few_rows_and_a_text_few_of_them(store: Store, rounds: int) -> None:
    """Runs are full before the next begins, and no text is more than 16 of them away."""
    history = revised(rounds)
    recorded(store, history)
    runs = rows(store, "SELECT first, base, number FROM text ORDER BY first")
    assert [first for first, _, _ in runs] == list(range(0, rounds, texts.MOST))
    assert [base for _, base, _ in runs] == [None, *range(0, rounds - texts.MOST, texts.MOST)]
    assert sum(number for _, _, number in runs) == rounds


def test_a_run_ends_at_its_size_and_a_chain_of_runs_at_its_length(store: Store) -> None:
    """Large texts make short runs; every 16th run stands on no other."""
    rng = random.Random(5)
    page = "".join(rng.choices("abcdefgh \n", k=texts.LARGEST // 2))
    history = [f"{page}\nrevision {number}" for number in range(2 * texts.SPAN + 5)]
    recorded(store, history)
    runs = rows(store, "SELECT first, base, number FROM text ORDER BY first")
    assert [number for _, _, number in runs[:-1]] == [2] * (len(runs) - 1)
    assert [first for first, base, _ in runs if base is None] == [0, 2 * texts.SPAN]
    assert store.version_text("acme", len(history)) == history[-1]


def test_an_empty_text_is_a_text(store: Store) -> None:
    """Nothing at all is stored, found again and verified like anything else."""
    recorded(store, ["", "x", ""])
    assert [store.version_text("acme", number) for number in (1, 2, 3)] == ["", "x", ""]
    assert store.counts()["texts"] == 2
    assert store.verify() == []


def test_equal_bytes_are_stored_once(store: Store) -> None:
    """Content is its own address."""
    page = b"<html>" + b"the same page " * 500
    with store._database.write() as session:
        assert blobs.put(session, page) == blobs.put(session, page)
    assert store.counts()["blobs"] == 1
    assert store.counts()["blobs_stored_bytes"] < len(page) / 10
    assert store.blob(blobs.digest_of(page)) == page


def test_bytes_that_do_not_compress_are_stored_plain(store: Store) -> None:
    """A PDF or an image is not made larger; nothing at all is stored too."""
    noise = random.Random(3).randbytes(5000)
    with store._database.write() as session:
        digests = [blobs.put(session, content) for content in (noise, b"")]
        row = session.get(BlobRow, digests[0])
        assert row is not None
        assert (row.encoding, row.stored) == ("plain", 5000)
    assert [store.blob(digest) for digest in digests] == [noise, b""]


def test_the_sizes_in_the_rows_are_true(store: Store) -> None:
    """Totals come from the size columns, which are what is really there."""
    recorded(store, [policy_text(1), policy_text(2)])
    query = "SELECT number, size, stored, length(data) FROM text"
    ((number, size, stored, length),) = rows(store, query)
    assert (number, size) == (2, sum(len(policy_text(n).encode()) for n in (1, 2)))
    assert stored == length
