"""A key to sign links with, in a file beside the store that only its owner may read.

It is not in the database: whoever gets a copy or a backup of that must not be able to sign.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from monitor.errors import StoreError

_BYTES = 32


def signing_key(database: Path) -> bytes:
    """The key beside a database's file, made when it is first asked for. Raises StoreError."""
    path = database.with_name(f"{database.name}.key")
    try:
        if not path.exists():
            _make(path)
        key = path.read_bytes()
    except OSError as error:
        raise StoreError(
            f"cannot read the signing key {path}: {error.strerror}. Let the user that runs "
            "policywatch read it, or remove it (links already sent then no longer work)"
        ) from error
    if len(key) != _BYTES:
        raise StoreError(f"{path} is no signing key: it has {len(key)} bytes, not {_BYTES}")
    return key


def _make(path: Path) -> None:
    """Written aside and linked into place: another process never sees half a key, or two."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.link(fresh, path)
    except FileExistsError:
        pass  # another process was first; its key counts
    finally:
        fresh.unlink(missing_ok=True)
