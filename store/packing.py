"""zstd, alone or against other bytes as the dictionary."""

from __future__ import annotations

from typing import BinaryIO, cast

import zstandard

_LEVEL = 12
_LARGEST_WINDOW = 27


def pack(content: bytes, base: bytes = b"") -> bytes:
    """Compress bytes; what they have in common with ``base`` costs next to nothing."""
    window = min(_LARGEST_WINDOW, max(10, (len(content) + len(base)).bit_length()))
    parameters = zstandard.ZstdCompressionParameters.from_level(
        _LEVEL, source_size=len(content), dict_size=len(base), window_log=window
    )
    packer = zstandard.ZstdCompressor(
        compression_params=parameters, dict_data=_dictionary(base) if base else None
    )
    return packer.compress(content)


def unpack(data: bytes, base: bytes = b"") -> bytes:
    """What ``pack`` was given. Raises zstandard.ZstdError if the bytes are damaged."""
    unpacker = zstandard.ZstdDecompressor(
        dict_data=_dictionary(base) if base else None, max_window_size=1 << _LARGEST_WINDOW
    )
    return unpacker.decompress(data)


def opened(data: bytes, base: bytes = b"") -> BinaryIO:
    """What ``pack`` was given, to read from its beginning only as far as it is wanted."""
    unpacker = zstandard.ZstdDecompressor(
        dict_data=_dictionary(base) if base else None, max_window_size=1 << _LARGEST_WINDOW
    )
    return cast(BinaryIO, unpacker.stream_reader(data))


def _dictionary(base: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
