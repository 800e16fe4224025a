"""The watch list as CSV and as ``[[policy]]`` tables of TOML, and adding to a file of them.

A cell of several values has one on each line, as a spreadsheet makes it with Alt-Enter. A cell that
a spreadsheet would take for a formula is written with an apostrophe before it, which reading
removes again.
"""

from __future__ import annotations

import contextlib
import csv
import fcntl
import io
import json
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor import config_file
from monitor.config import Policy
from monitor.errors import ConfigError
from monitor.whole_files import write_text

_LISTS = ("urls", "select", "remove", "tags")
COLUMNS = (
    *("id", "service", "type", "urls", "select", "remove", "range"),
    *("fetch", "every", "tags", "language", "owner", "vendor", "enabled"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_TRUE, _FALSE = {"true", "yes", "1"}, {"false", "no", "0"}


@dataclass(frozen=True, slots=True)
class Declared:
    """A policy as a table of the configuration; ``notes`` say what could not be taken over."""

    table: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The policy's id."""
        return str(self.table.get("id", ""))


# --- CSV ----------------------------------------------------------------------------------------


def to_csv(policies: Iterable[Policy]) -> str:
    """The watch list as CSV, one policy a row; ``from_csv`` reads it back to the same list."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for policy in policies:
        writer.writerow({name: guarded(_cell(policy, name)) for name in COLUMNS})
    return out.getvalue()


def from_csv(text: str, name: str = "the file") -> list[Declared]:
    """Read a watch list. Raises ConfigError with every fault, by line."""
    try:
        reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""), strict=True)
        rows, named = list(reader), list(reader.fieldnames or ())
    except csv.Error as error:
        raise ConfigError(f"{name}: is not CSV ({error}); save it as CSV with commas") from error
    known = {*COLUMNS, "url"}
    if "id" not in named:
        raise ConfigError(f"{name}: the first row must name the columns: {', '.join(COLUMNS)}")
    if unknown := [column for column in named if column not in known]:
        raise ConfigError(f"{name}: unknown column {unknown[0]!r}; known: {', '.join(COLUMNS)}")
    faults: list[str] = []
    declared = []
    for number, row in enumerate(rows, start=1):
        try:
            table = dict(_values(row))
            check(table)
            declared.append(Declared(table))
        except ConfigError as error:
            faults += [f"{name}, policy no. {number}: {problem}" for problem in error.problems]
    if faults:
        raise ConfigError(faults)
    return declared


def _cell(policy: Policy, name: str) -> str:
    if name == "urls":
        return "\n".join(policy.all_urls)
    if name == "range":
        ranges = [span.model_dump(exclude_none=True) for span in policy.range]
        return json.dumps(ranges) if ranges else ""
    value = getattr(policy, name)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "\n".join(value) if isinstance(value, tuple) else str(value)


def _values(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """A row's cells as values of the configuration. Raises ConfigError."""
    if None in row:
        raise ConfigError("has more cells than columns; put quotes around cells with commas")
    for name, cell in row.items():
        text = _unguarded(str(cell or "")).strip()
        if not text:
            continue
        if name == "enabled":
            if text.lower() not in _TRUE | _FALSE:
                raise ConfigError(f'enabled: write true or false, not "{text}"')
            yield name, text.lower() in _TRUE
        elif name == "range":
            try:
                yield name, json.loads(text)
            except ValueError as error:
                raise ConfigError(f"range: is not JSON ({error})") from error
        elif name in _LISTS:
            yield name, [line.strip() for line in text.splitlines() if line.strip()]
        else:
            yield name, text


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return "'" + cell if cell.startswith((*_FORMULA, "'")) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") else cell


# --- TOML ---------------------------------------------------------------------------------------


def check(table: Mapping[str, Any]) -> None:
    """Let the configuration judge one policy by itself. Raises ConfigError.

    Whether its vendor is declared, only the file that it is added to can say.
    """
    alone = {key: value for key, value in table.items() if key != "vendor"}
    try:
        config_file.from_tables({"policy": [alone]}, "")
    except ConfigError as error:
        raise ConfigError([problem.removeprefix(": ") for problem in error.problems]) from error


def to_toml(declared: Iterable[Declared]) -> str:
    """``[[policy]]`` tables; what could not be taken over stands above each as a comment."""
    return "\n".join(_table(one) for one in declared)


def merged(content: str, declared: Sequence[Declared], name: str) -> tuple[str, list[str]]:
    """A configuration with the new policies at its end, and the ids that it had already.

    Raises ConfigError where the result would not be a valid configuration.
    """
    try:
        tables = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: is not valid TOML: {error}.") from error
    known = {str(table.get("id")) for table in tables.get("policy", ()) if isinstance(table, dict)}
    new = [one for one in declared if one.id not in known]
    if not new:
        return content, [one.id for one in declared]
    joined = f"{content.rstrip()}\n\n{to_toml(new)}" if content.strip() else to_toml(new)
    config_file.from_tables(tomllib.loads(joined), name)
    return joined, [one.id for one in declared if one.id in known]


def declare(path: Path, declared: Sequence[Declared]) -> list[str]:
    """Add policies to a configuration file, and give the ids that it had already.

    What stands in the file stays as it is, comments too. Two who add at once wait for each other.
    Raises ConfigError where the file cannot be written, or would not be valid: then nothing is.
    """
    with _alone(path):
        before = _read(path)
        content, known = merged(before, declared, str(path))
        if content != before:
            write_text(path, content)
    return known


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """A lock on the folder of a file, for the file itself is replaced."""
    try:
        folder = os.open(path.resolve().parent, os.O_RDONLY)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror})") from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text. Save it as UTF-8.") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error


def _table(declared: Declared) -> str:
    lines = [f"# {_one_line(note)}" for note in declared.notes]
    lines.append("[[policy]]")
    lines += _assignments(declared.table)
    return "\n".join(lines) + "\n"


def _assignments(table: Mapping[str, Any]) -> list[str]:
    """The keys that have a value; a key that is not of letters and digits alone is quoted."""
    return [
        f"{key if _BARE.fullmatch(key) else _toml(key)} = {_toml(value)}"
        for key, value in table.items()
        if value is not None
    ]


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Mapping):
        return f"{{ {', '.join(_assignments(value))} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    text = str(value).encode("utf-8", "replace").decode()
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
