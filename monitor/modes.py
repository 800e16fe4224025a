"""Who else on this machine may read or change what is ours: files that are open too wide.

The store's files and those of secrets are for one user; config.toml may be read by others where no
secret stands in it. Whoever may write to a folder may replace the files in it.
"""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.config import Settings
from monitor.config_file import Configuration
from monitor.secrecy import secrets_in
from store.database import resolve

#: What nobody else may do: touch it at all; change it; change it, or read it outside of its group.
_PRIVATE, _UNCHANGED, _GROUP = 0o077, 0o022, 0o027
#: What lies beside the file of a store: SQLite's own, the daemon's lock, the key of links.
_COMPANIONS = ("", "-wal", "-shm", ".lock", ".key")
#: Secrets are put here readable for all by those who run containers, which have one user.
_OF_CONTAINERS = Path("/run/secrets")


@dataclass(frozen=True, slots=True)
class Open:
    """A file or folder that others may use; ``remark`` says how, with the command that ends it."""

    name: str
    remark: str


def open_places(configuration: Configuration, environ: Mapping[str, str]) -> Iterator[Open]:
    """Everything that a configuration stands on and others may read or change."""
    settings = configuration.settings
    held = any(secrets_in(settings.model_dump())) or settings.web.person or settings.web.token
    file = configuration.path.resolve()
    yield from _examined("configuration", file, _GROUP if held else _UNCHANGED)
    folders = {file.parent: "configuration"}
    for path in _secret_files(settings, configuration.base_dir):
        if not _is_kept_for_us(path, environ):
            yield from _examined("secret", path, _PRIVATE)
            folders.setdefault(path.parent, "secret")
    _, store = resolve(settings.store.url, configuration.base_dir)
    if store is not None:
        for ending in _COMPANIONS:
            yield from _examined("store", store.with_name(store.name + ending), _PRIVATE)
        folders.setdefault(store.parent.resolve(), "store")
    for folder, name in folders.items():
        yield from _examined(name, folder, _UNCHANGED)


def _secret_files(settings: Settings, base_dir: Path) -> Iterator[Path]:
    tables = [*settings.channel, *([settings.inbox] if settings.inbox else [])]
    for table in tables:
        for key in ("password_file", "url_file"):
            if name := getattr(table, key, None):
                yield (base_dir / name).resolve()


def _is_kept_for_us(path: Path, environ: Mapping[str, str]) -> bool:
    """Whether systemd (LoadCredential=) or a container keeps it in a folder that is ours alone."""
    given = environ.get("CREDENTIALS_DIRECTORY", "")
    ours = [_OF_CONTAINERS, *([Path(given).resolve()] if given else [])]
    return path.parent in ours


def _examined(name: str, path: Path, forbidden: int) -> Iterator[Open]:
    try:
        mode = path.stat().st_mode
    except OSError:  # not there (yet), or not to be seen: others say so where it matters
        return
    if too_much := stat.S_IMODE(mode) & forbidden:
        verb = "changed" if too_much & 0o022 else "read"
        who = "every user" if too_much & 0o007 else "its group"
        remedy = f"chmod {_removal(too_much)} {shlex.quote(os.fspath(path))}"
        yield Open(name, f"{path} can be {verb} by {who}: {remedy}")


def _removal(bits: int) -> str:
    """The bits as chmod takes them away: "g-w,o-rwx"."""
    parts = []
    for letter, shift in (("g", 3), ("o", 0)):
        rights = bits >> shift & 0o7
        if rights:
            shown = (("r", 4), ("w", 2), ("x", 1))
            parts.append(f"{letter}-{''.join(r for r, bit in shown if rights & bit)}")
    return ",".join(parts)
