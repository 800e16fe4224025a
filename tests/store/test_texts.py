"""Texts and bytes at rest."""

from __future__ import annotations

import random

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from store import Store, blobs, packing, texts
from store.tables import BlobRow, TextRow
from tests.store.recorded import policy_text

ROUNDS = 1000


@given(st.integers(0, 10**6))
def test_any_text_is_a_short_chain_away(ordinal: int) -> None:
    """However long a history is, at most 31 rows make a text, each built on the one before it."""
    links = texts.chain(ordinal)
    assert len(links) <= 31
    assert links[-1] == ordinal
    assert texts.base_of(links[0]) is None
    assert [texts.base_of(link) for link in links[1:]] == links[:-1]


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
    assert (texts.text_digest(one) == texts.text_digest(other)) == (one == other)


def test_a_thousand_versions_read_back_and_stay_small(store: Store) -> None:
    """Texts of a long history read back, from few rows, at a fraction of a whole text."""
    rng = random.Random(1)
    lines = policy_text(1).splitlines()
    history = []
    for number in range(ROUNDS):
        lines[rng.randrange(len(lines))] = f"Clause of revision {number}, {rng.random()}."
        history.append("\n".join(lines))
    with store._database.write() as session:
        digests = [texts.put(session, "acme", text) for text in history]
        assert texts.put(session, "acme", history[3]) == digests[3]
    with store._database.read() as session:
        for text, digest in list(zip(history, digests, strict=True))[::7]:
            assert texts.get(session, "acme", digest) == text
        assert [problem for _, _, problem in texts.verified(session, "acme")] == [""] * ROUNDS
    counts = store.counts()
    assert counts["texts"] == ROUNDS
    alone = len(zstandard.compress(texts.encoded(history[-1]), 9))
    assert counts["texts_stored_bytes"] / ROUNDS < alone / 5


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
    with store._database.write() as session:
        texts.put(session, "acme", policy_text(1))
        row = session.get(TextRow, ("acme", 0))
        assert row is not None
        assert (row.size, row.stored) == (len(policy_text(1).encode()), len(row.data))
