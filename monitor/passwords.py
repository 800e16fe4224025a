"""Passwords as digests that give nobody access: scrypt (RFC 7914), with a salt for each.

    $scrypt$ln=15,r=8,p=3$SALT$DIGEST

``ln`` is the logarithm of the cost, ``r`` the size of a block, ``p`` how often in a row: one look
takes 32 MiB of memory. Salt and digest are Base64 without its padding.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass

#: Characters; shorter ones are guessed, longer ones cost nothing.
SHORTEST, LONGEST = 12, 1000
_LN, _R, _P = 15, 8, 3
#: What a digest of a configuration may ask for: enough to withstand guesses, and no more memory.
_LEAST_LN, _MOST_BYTES, _MOST_P = 14, 256 * 2**20, 16
_FORM = re.compile(
    r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22,88})\$([A-Za-z0-9+/]{43,88})"
)


@dataclass(frozen=True, slots=True)
class _Digest:
    ln: int
    r: int
    p: int
    salt: bytes
    key: bytes

    def made_of(self, password: str) -> bytes:
        """The key that a password makes with these numbers."""
        plain = unicodedata.normalize("NFC", password).encode("utf-8", "replace")
        n = 2**self.ln
        memory = 128 * self.r * (n + self.p + 2)
        return hashlib.scrypt(
            plain, salt=self.salt, n=n, r=self.r, p=self.p, maxmem=memory, dklen=len(self.key)
        )


def digest_of(password: str) -> str:
    """The digest to configure for a password."""
    empty = _Digest(_LN, _R, _P, secrets.token_bytes(16), bytes(32))
    numbers = f"ln={_LN},r={_R},p={_P}"
    return f"$scrypt${numbers}${_encoded(empty.salt)}${_encoded(empty.made_of(password))}"


def fits(password: str, digest: str) -> bool:
    """Whether a password is that of a digest; it takes a good part of a second."""
    known = _read(digest)
    return len(password) <= LONGEST and hmac.compare_digest(known.made_of(password), known.key)


def check_digest(text: str) -> str:
    """The digest, if it is one. Raises ValueError with what to do."""
    _read(text)
    return text


def weakness(password: str) -> str:
    """What speaks against a new password, or ""."""
    if len(password) < SHORTEST:
        return f"has fewer than {SHORTEST} characters; several words together are easy to keep"
    if len(password) > LONGEST:
        return f"has more than {LONGEST} characters"
    return ""


def _read(text: str) -> _Digest:
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError("is no digest; make one with `policywatch password new NAME`")
    ln, r, p = (int(number) for number in found.groups()[:3])
    if ln < _LEAST_LN or r < 8 or not 1 <= p <= _MOST_P or 128 * r * 2**ln > _MOST_BYTES:
        raise ValueError(
            "was made with numbers that are too low, or ask for too much memory; make it anew "
            "with `policywatch password new NAME`"
        )
    return _Digest(ln, r, p, _decoded(found[4]), _decoded(found[5]))


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("is cut off; make it with `policywatch password new NAME`") from error
