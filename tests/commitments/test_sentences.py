"""One sentence, its commitments: cases in five languages, hard negatives among them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.commitments import find_commitments
from monitor.model import Commitment, Document
from monitor.segmentation import segment

FOLDER = Path(__file__).parent / "sentences"


def cases() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.toml")):
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]:
            yield pytest.param(case, id=f"{path.stem}: {case['text'][:60]}")


def spelled(found: list[Commitment]) -> str:
    """The commitments of one kind in the words of the case files."""
    first = found[0]
    if isinstance(first.value, frozenset):
        return f"{first.kind} {', '.join(sorted(first.value))}"
    if first.kind == "dpo":
        return f"dpo {', '.join(str(c.value) for c in found)}"
    parts = (first.kind, first.value, first.unit, first.scope)
    return " ".join(str(part) for part in parts if part != "")


@pytest.mark.parametrize("case", list(cases()))
def test_a_sentence_gives_these_commitments_and_not_those(case: dict[str, Any]) -> None:
    """Every kind a case names has exactly the value it states; kinds it lacks are absent."""
    found = find_commitments(case["text"])
    wanted = case.get("gives", [])
    for kind in {words.split()[0] for words in wanted}:
        of_kind = [c for c in found if c.kind == kind]
        assert of_kind, f"no {kind} in {[(c.kind, c.value) for c in found]}"
        single = isinstance(of_kind[0].value, frozenset) or kind == "dpo"
        said = {spelled(of_kind)} if single else {spelled([c]) for c in of_kind}
        stated = {w for w in wanted if w.split()[0] == kind}
        if kind == "notice_channel":
            said = {words.rsplit(" for ", 1)[0] for words in said}
        assert said == stated
    unwanted = [c for c in found if c.kind in case.get("lacks", [])]
    assert not unwanted, [(c.kind, c.value) for c in unwanted]


@pytest.mark.parametrize("case", list(cases()))
def test_a_quote_is_exactly_where_it_says(case: dict[str, Any]) -> None:
    """The offsets of a quote give back its text, with Markdown around it too."""
    text = f"# A heading\n\nIntroductory words.\n\n* **{case['text']}**\n\n{case['text']}\n"
    for commitment in find_commitments(text):
        quote = commitment.quote
        assert text[quote.start : quote.end] == quote.text


def document_of(text: str, language: str = "en") -> Document:
    return Document(text, segment(text), "text/markdown", language=language)
