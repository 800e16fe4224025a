"""Secrets are never said: what this process knows as one is masked in whatever it says.

    config.toml ──► learn ─┐                     ┌── errors (and so rows, pages, the API)
                           ├──► known ──► mask ◄─┼── receipts
    environment ──► keep ──┘                     └── logs, tracebacks
    and files

Servers echo what they were sent, and libraries put addresses into their messages, so it is the
value that is looked for, not the place. What is known belongs to the process, like its logging.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any
from urllib.parse import quote, unquote

MASK = "***"
#: What is shorter would turn up in any sentence; what is shorter than a word, as a word only.
_SHORTEST, _WORD = 4, 8
#: The name of an environment variable as people write them; anything else is taken for the secret.
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_PASSWORD = re.compile(r"//?[^/:@?#]*:(.+)@")
_QUERY_PASSWORD = re.compile(r"[?&](?:\w*password|token|secret)=([^&#]*)", re.IGNORECASE)
#: A part of an address that nobody would choose as a word: "T024BE7LH", a key, a UUID.
_KEYLIKE = re.compile(r"(?=.*(?:\d|[a-z][A-Z]|[A-Z]{2})).{6,}|.{20,}")
#: Keys whose address as a whole is a secret, and keys that people make up for one.
_SECRET_ADDRESSES = ("url", "heartbeat_url", "timestamp_url")
_MISPLACED = ("password", "token", "secret", "api_key")


class _Known:
    """The secrets of a process; replaced as a whole, so that threads always see a whole set."""

    def __init__(self) -> None:
        self._secrets: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None

    def keep(self, secret: str) -> str:
        """Mask this value, and the ways it is written in addresses, from now on; returns it.

        Of at least four characters; shorter ones cannot be told from other words.
        """
        bare = secret.strip()
        forms = {bare, quote(bare, safe=""), unquote(bare)}
        fresh = self._secrets.union(form for form in forms if len(form) >= _SHORTEST)
        if fresh != self._secrets:
            longest_first = sorted(fresh, key=len, reverse=True)
            self._pattern = re.compile("|".join(_wanted(each) for each in longest_first))
            self._secrets = fresh
        return secret

    def mask(self, text: str) -> str:
        """The text with ``***`` in place of every secret that is known."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    def forget(self) -> None:
        """Know nothing, as a process that has just begun."""
        self._secrets, self._pattern = frozenset(), None


_of_this_process = _Known()
keep, mask, forget = _of_this_process.keep, _of_this_process.mask, _of_this_process.forget


def learn(tables: Mapping[str, Any]) -> None:
    """Keep every secret that stands in a configuration, checked or not, faulty or not."""
    for secret in secrets_in(tables):
        keep(secret)


def secrets_in(tables: Mapping[str, Any]) -> Iterator[str]:
    """The secrets that stand in a configuration itself, not in the variables and files it names."""
    for address in (_table(tables, "store").get("url"), _table(tables, "fetch").get("proxy")):
        yield from _passwords(address)
    given = tables.get("channel")
    channels = given if isinstance(given, list | tuple) else ()
    for place in (_table(tables, "daemon"), _table(tables, "evidence"), *channels):
        for key in _SECRET_ADDRESSES:
            if isinstance(place, Mapping):
                yield from _parts_of(place.get(key))
    yield from _misplaced(tables)


def show_masked(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """A traceback for standard error (``sys.excepthook``): our faults are shown, no secrets."""
    sys.stderr.write(mask("".join(traceback.format_exception(kind, error, trace))))


def _wanted(secret: str) -> str:
    escaped = re.escape(secret)
    return escaped if len(secret) >= _WORD else rf"(?<!\w){escaped}(?!\w)"


def _table(tables: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = tables.get(name)
    return table if isinstance(table, Mapping) else {}


def _passwords(address: object) -> Iterator[str]:
    """The password of an address, well-formed or not."""
    if isinstance(address, str):
        for pattern in (_PASSWORD, _QUERY_PASSWORD):
            yield from (unquote(found) for found in pattern.findall(address))


def _parts_of(address: object) -> Iterator[str]:
    """A secret address, its path, and the parts of that which look like keys: servers echo them."""
    if not isinstance(address, str) or "/" not in address:
        return
    yield address
    yield from _passwords(address)
    path = address.partition("://")[2].partition("/")[2]
    if path.count("/"):
        yield f"/{path}"
        yield f"/{path.partition('?')[0]}"
    yield from (part for part in re.split(r"[/?&=#]", path) if _KEYLIKE.fullmatch(part))


def _misplaced(value: object) -> Iterator[str]:
    """Secrets where none belong: in a key that names a variable, or in one that does not exist."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, str):
                if _is_misplaced(str(key), inner):
                    yield inner
            else:
                yield from _misplaced(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _misplaced(inner)


def _is_misplaced(key: str, value: str) -> bool:
    if key.endswith("_env"):
        return not _VARIABLE.fullmatch(value)
    if key == "sha256":
        return not re.fullmatch("[0-9a-f]{64}", value)
    return key in _MISPLACED
