"""A key to sign links with: one for all processes on a store, and it outlives each of them.

Beside SQLite's file it is a file that only its owner may read, and not in the database: whoever
gets a copy or a backup of that must not be able to sign. On a server, where the processes share no
folder, it is a row; who may read the database there may read everything it guards.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from sqlmodel import Session

from monitor.errors import StoreError
from store.tables import SecretRow

_BYTES = 32
_NAME = "links"


def shared_key(session: Session) -> bytes | None:
    """The key in a database; None before it was first asked for."""
    row = session.get(SecretRow, _NAME)
    return None if row is None else row.value


def share_key(session: Session, key: bytes | None = None) -> bytes:
    """The key in a database, made (or taken as given) in this transaction if there is none."""
    if (known := shared_key(session)) is not None:
        return known
    made = key or secrets.token_bytes(_BYTES)
    session.add(SecretRow(name=_NAME, value=made))
    return made


def signing_key(database: Path) -> bytes:
    """The key beside a database's file, made when it is first asked for. Raises StoreError."""
    path = database.with_name(f"{database.name}.key")
    try:
        if not path.exists():
            _make(path, secrets.token_bytes(_BYTES))
        key = path.read_bytes()
    except OSError as error:
        raise StoreError(
            f"cannot read the signing key {path}: {error.strerror}. Let the user that runs "
            "policywatch read it, or remove it (links already sent then no longer work)"
        ) from error
    if len(key) != _BYTES:
        raise StoreError(f"{path} is no signing key: it has {len(key)} bytes, not {_BYTES}")
    return key


def place_key(database: Path, key: bytes) -> None:
    """Put a known key beside a database's file; one that is there stays. Raises StoreError."""
    path = database.with_name(f"{database.name}.key")
    try:
        _make(path, key)
    except OSError as error:
        raise StoreError(f"cannot write the signing key {path}: {error.strerror}") from error


def _make(path: Path, key: bytes) -> None:
    """Written aside and linked into place: another process never sees half a key, or two."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        os.link(fresh, path)
    except FileExistsError:
        pass  # another process was first; its key counts
    finally:
        fresh.unlink(missing_ok=True)
