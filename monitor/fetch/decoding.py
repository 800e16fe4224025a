"""Content codings undone under a limit, so that a bomb is never unfolded.

Each decoder yields pieces of about a megabyte at most; the sum is checked after every piece and at
every stage when codings are stacked. 820 bytes of brotli that stand for 512 MiB therefore cost the
limit and no more.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Protocol

import brotli
import zstandard

#: What we ask for in Accept-Encoding.
ACCEPTED = "gzip, deflate, br, zstd"

_PIECE = 64 * 1024
#: A zstd block of 4 bytes unfolds to 128 KiB, and its API has no output limit: feed little.
_ZSTD_SLICE = 32
#: RFC 9659 caps the window of zstd as a content coding at 8 MiB.
_ZSTD_WINDOW = 8 * 1024 * 1024
_MAX_CODINGS = 3


class BodyTooLargeError(ValueError):
    """The body exceeds the limit, at whichever stage of decoding."""


class BodyBrokenError(ValueError):
    """The body is not what its Content-Encoding says, or is cut off."""


class _Decoder(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decode some input; yields bounded pieces."""

    @property
    def complete(self) -> bool:
        """Whether the input may end here."""


class _Zlib:
    """gzip with several members, and deflate with or without the zlib wrapper."""

    def __init__(self, *, gzip: bool) -> None:
        self._gzip = gzip
        self._head = b""
        self._inner = zlib.decompressobj(31) if gzip else None

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._inner is None:
            self._head += data
            if len(self._head) < 2:
                return
            data, self._inner = self._head, zlib.decompressobj(_deflate_bits(self._head))
        while data:
            yield self._inner.decompress(data, _PIECE)
            data = self._inner.unconsumed_tail
            if self._inner.eof:
                data = self._inner.unused_data
                if not (self._gzip and data.startswith(b"\x1f\x8b")):
                    return  # padding after the end, which every browser ignores
                self._inner = zlib.decompressobj(31)

    @property
    def complete(self) -> bool:
        return self._inner is not None and self._inner.eof


class _Brotli:
    def __init__(self) -> None:
        self._inner = brotli.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        piece = self._inner.process(data, output_buffer_limit=_PIECE)
        yield piece
        while not self._inner.can_accept_more_data() and not self._inner.is_finished():
            yield self._inner.process(b"", output_buffer_limit=_PIECE)

    @property
    def complete(self) -> bool:
        return bool(self._inner.is_finished())


class _Zstd:
    def __init__(self) -> None:
        self._factory = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._inner = self._factory.decompressobj()

    def feed(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), _ZSTD_SLICE):
            rest = data[start : start + _ZSTD_SLICE]
            while rest:
                if self._inner.eof:
                    self._inner = self._factory.decompressobj()
                yield self._inner.decompress(rest)
                rest = self._inner.unused_data if self._inner.eof else b""

    @property
    def complete(self) -> bool:
        return bool(self._inner.eof)


class BoundedBody:
    """Collects a body of at most ``limit`` bytes; ``codings`` is the Content-Encoding header.

    Raises BodyTooLargeError and BodyBrokenError, the latter for unknown codings as well.
    """

    def __init__(self, codings: str, limit: int) -> None:
        names = coding_names(codings)
        if len(names) > _MAX_CODINGS:
            raise BodyBrokenError(f"{len(names)} content codings are stacked")
        self._limit = limit
        self._decoders = [_decoder(name) for name in reversed(names)]
        self._seen = [0] * (len(self._decoders) + 1)
        self._body = bytearray()

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes as they came from the network."""
        self._push(chunk, 0)

    def finish(self) -> bytes:
        """The whole body. Raises BodyBrokenError when a coding stopped in its middle."""
        if self._seen[0] and not all(decoder.complete for decoder in self._decoders):
            raise BodyBrokenError("the compressed body is cut off")
        return bytes(self._body)

    def head(self) -> bytes:
        """What was decoded before the limit was reached."""
        return bytes(self._body)

    def drop(self) -> None:
        """Free the memory: an error that is kept would keep this body by its traceback."""
        self._body.clear()
        self._decoders.clear()

    def _push(self, data: bytes, stage: int) -> None:
        self._seen[stage] += len(data)
        if self._seen[stage] > self._limit:
            raise BodyTooLargeError(f"the body is larger than {self._limit:,} bytes")
        if stage == len(self._decoders):
            self._body += data
            return
        for piece in _guarded(self._decoders[stage].feed(data)):
            if piece:
                self._push(piece, stage + 1)


def coding_names(header: str) -> list[str]:
    """The codings of a Content-Encoding header, in the order in which they were applied."""
    names = [name.strip().lower() for name in header.split(",")]
    return [name for name in names if name not in ("", "identity")]


def _decoder(name: str) -> _Decoder:
    if name in ("gzip", "x-gzip"):
        return _Zlib(gzip=True)
    if name == "deflate":
        return _Zlib(gzip=False)
    if name == "br":
        return _Brotli()
    if name == "zstd":
        return _Zstd()
    raise BodyBrokenError(f"the content coding {name[:40]!r} is not known")


def _guarded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from pieces
    except (zlib.error, brotli.error, zstandard.ZstdError) as error:
        raise BodyBrokenError(f"the compressed body is damaged ({error})") from error


def _deflate_bits(head: bytes) -> int:
    wrapped = head[0] & 0x0F == 8 and (head[0] * 256 + head[1]) % 31 == 0
    return zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS
