"""Names of cues: a name that no pack has is a mistake of the program, and is said to be one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.lexicon import known_group, load
from monitor.lexicon.pack import CUES, GROUPS

MONITOR = Path(__file__).resolve().parents[2] / "monitor"
ASKING = {"cue", "has", "near", "follows", "headed", "led", "any_cue", "_cue_just_before", "_led"}


def modules() -> Iterator[Path]:
    for package in ("commitments", "findings", "lexicon", "notice"):
        yield from sorted((MONITOR / package).glob("*.py"))


def names_asked_for(path: Path) -> Iterator[tuple[int, str]]:
    """The literal arguments of the methods that ask for cues, and literal names of groups."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            for argument in node.args if name in ASKING else ():
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield node.lineno, f"cues.{argument.value}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            table, _, entry = node.value.partition(".")
            if (
                table in ("cues", "ages", "negation", "durations")
                and entry.isidentifier()
                and entry != "toml"
            ):
                yield node.lineno, node.value


@pytest.mark.parametrize("path", list(modules()), ids=lambda p: f"{p.parent.name}/{p.name}")
def test_every_cue_a_rule_asks_for_is_in_the_packs(path: Path) -> None:
    """No rule waits for a cue that no language could ever give it."""
    unknown = [(line, name) for line, name in names_asked_for(path) if name not in GROUPS]
    assert not unknown


def test_the_search_for_names_finds_them() -> None:
    """The test above reads real names: the cues that the rules of commitments need."""
    found = {n for p in modules() for _, n in names_asked_for(p)}
    assert {"cues.retain", "cues.sale_optout", "negation.words"} <= found


def test_every_cue_of_the_packs_is_asked_for() -> None:
    """A cue that nothing reads is a burden on whoever writes a pack."""
    text = "".join(path.read_text(encoding="utf-8") for path in modules())
    assert not [cue for cue in CUES if text.count(f'"{cue}"') + text.count(f".{cue}") < 2]


@pytest.mark.parametrize("group", ["cues.vend", "recipient", "categories.sale.middling", ""])
def test_an_unknown_group_is_an_error(group: str) -> None:
    """Asking for it raises, whatever the text; a known group that is absent is just absent."""
    hits = load("en").scan("We never sell your data.")
    with pytest.raises(ValueError, match="no pack has phrases called"):
        hits.of(group)
    with pytest.raises(ValueError, match="no pack has phrases called"):
        known_group(group)
    with pytest.raises(ValueError, match="no pack has phrases called"):
        _ = group in hits
    assert hits.of("cues.arbitration") == []


def test_an_unknown_cue_is_an_error() -> None:
    """Asking whether one of several cues is there fails for a name that no pack defines."""
    hits = load("en").scan("Nothing to see.")
    with pytest.raises(KeyError, match="vend"):
        hits.any_cue(["sell", "vend"])
