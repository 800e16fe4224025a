"""Bodies are decoded under a limit, whatever they unfold to."""

import contextlib
import gzip
import tracemalloc
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetch.decoding import BodyBrokenError, BodyTooLargeError, BoundedBody

LIMIT = 1_000_000
BIG = 64 * 1024 * 1024


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def zstd_one_shot(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(data)


ENCODERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "Deflate ": raw_deflate,
    "br": lambda data: brotli.compress(data, quality=5),
    "zstd": zstd_one_shot,
    "identity": bytes,
    "": bytes,
}


def decode(codings: str, data: bytes, limit: int = LIMIT, step: int = 16384) -> bytes:
    body = BoundedBody(codings, limit)
    for start in range(0, len(data), step):
        body.feed(data[start : start + step])
    return body.finish()


@pytest.mark.parametrize("coding", ENCODERS)
@given(data=st.binary(max_size=3000), step=st.integers(1, 700))
def test_any_bytes_in_any_pieces(coding, data, step):
    """Every coding gives back what went in, wherever the network cuts it."""
    assert decode(coding, ENCODERS[coding](data), step=step) == data


@pytest.mark.parametrize("coding", [name for name in ENCODERS if name not in ("", "identity")])
def test_body_cut_off(coding):
    """A compressed body that stops early is an error, never a shorter page."""
    packed = ENCODERS[coding](bytes(range(256)) * 40)
    for keep in (1, len(packed) // 2, len(packed) - 1):
        with pytest.raises(BodyBrokenError):
            decode(coding, packed[:keep])


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate"])
def test_page_that_is_not_what_its_coding_says(coding):
    """A plain page under a compressed coding is broken, not read as text."""
    with pytest.raises(BodyBrokenError):
        decode(coding, b"<!doctype html><p>We keep your data for 30 days.</p>" * 20)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "Deflate ", "br", "zstd"])
def test_bomb(coding):
    """64 MiB in a few bytes cost the limit and one piece, not what they unfold to."""
    bomb = ENCODERS[coding](bytes(BIG))
    tracemalloc.start()
    with pytest.raises(BodyTooLargeError):
        decode(coding, bomb, step=len(bomb))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * LIMIT


def test_bomb_in_a_bomb():
    """Stacked codings are bounded at every stage: the inner bomb is not unfolded for the outer."""
    inner = gzip.compress(bytes(BIG))
    stacked = gzip.compress(inner)
    with pytest.raises(BodyTooLargeError):
        decode("gzip, gzip", stacked)
    nothing_at_all = gzip.compress(gzip.compress(b"") * 100_000)
    with pytest.raises(BodyTooLargeError):
        decode("gzip, gzip", nothing_at_all)
    assert decode("gzip, br", brotli.compress(gzip.compress(b"page"))) == b"page"


def test_exactly_the_limit():
    """A body of the limit passes, and one byte more does not."""
    assert len(decode("gzip", gzip.compress(bytes(LIMIT)))) == LIMIT
    with pytest.raises(BodyTooLargeError):
        decode("gzip", gzip.compress(bytes(LIMIT + 1)))
    with pytest.raises(BodyTooLargeError):
        decode("", bytes(LIMIT + 1))


def test_members_and_frames_in_a_row():
    """gzip members and zstd frames after one another are one body; padding after gzip is not."""
    assert decode("gzip", gzip.compress(b"one ") + gzip.compress(b"two") + b"\0" * 40) == b"one two"
    assert decode("zstd", zstd_one_shot(b"one ") + zstd_one_shot(b"two")) == b"one two"


def test_zstd_window_beyond_the_web():
    """A zstd frame that asks for a window of more than 8 MiB is refused before it gets memory."""
    settings = zstandard.ZstdCompressionParameters(window_log=27, format=zstandard.FORMAT_ZSTD1)
    packer = zstandard.ZstdCompressor(compression_params=settings).compressobj()
    packed = packer.compress(b"x" * 1000) + packer.flush()
    with pytest.raises(BodyBrokenError):
        decode("zstd", packed)


@pytest.mark.parametrize("codings", ["compress", "gzip, sdch", "gzip, gzip, gzip, gzip", "\x00"])
def test_unknown_or_too_many_codings(codings):
    """What we did not ask for is not guessed at."""
    with pytest.raises(BodyBrokenError):
        BoundedBody(codings, LIMIT)


def test_empty_body_with_a_coding():
    """Servers mark empty answers as compressed: that is an empty body, not a broken one."""
    assert decode("gzip", b"") == b""


@given(coding=st.sampled_from(["gzip", "deflate", "br", "zstd"]), data=st.binary(max_size=300))
def test_noise(coding, data):
    """Random bytes give a body or one of our two errors, never another exception."""
    with contextlib.suppress(BodyBrokenError, BodyTooLargeError):
        assert len(decode(coding, data)) <= LIMIT
