"""The Word document, read back as the XML that Word reads."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from lxml import etree

from monitor.comparison import as_document
from monitor.errors import ConfigError
from notifiers.wording import prose
from tests.web.world import LOOM, LOOM_LATER, LOOM_MOVED, World
from web.reports.docx import as_docx
from web.reports.reading import report_on_change

docx = pytest.importorskip("docx", reason="needs the extra docx")

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
EVIL = "<w:t>]]>&amp; =HYPERLINK(1)\x00\x08\ufffe\u202e\x1b[31m"


def body_of(content: bytes) -> etree._Element:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        body = etree.fromstring(packed.read("word/document.xml")).find(f"{W}body")
    assert body is not None
    return body


def words(body: etree._Element, *, accepting: bool) -> list[str]:
    """The paragraphs of the redline as whoever accepts (or rejects) every change is left with."""
    dropped, tag = (f"{W}del", f"{W}t") if accepting else (f"{W}ins", f"{W}delText")
    found, line, inside = [], "", False
    for paragraph in body.iterchildren(f"{W}p"):
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        name = style.get(f"{W}val") if style is not None else ""
        text = "".join(paragraph.itertext())
        if name == "Heading1":
            inside = text == "The words"
            continue
        if not inside or text.startswith("Every change is tracked"):
            continue
        for run in paragraph.iter(f"{W}r"):
            parent = run.getparent()
            if parent is None or parent.tag == dropped:
                continue
            wanted = tag if parent.tag == f"{W}del" else f"{W}t"
            line += "".join(run.xpath(f"string(*[local-name()='{wanted.removeprefix(W)}'])"))
        if paragraph.find(f"{W}pPr/{W}rPr/{dropped.replace(W, W)}") is None:
            found.append(line)
            line = ""
    return found[:-1] if found and not found[-1] else found


def clauses(text: str) -> list[str]:
    return [prose(clause.text) for clause in as_document(text).clauses]


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        ("loom@1-2", LOOM, LOOM_LATER),
        ("loom@1-3", LOOM, LOOM_MOVED),
        ("loom@3-1", LOOM_MOVED, LOOM),
    ],
)
def test_accepting_gives_the_newer_text_and_rejecting_the_older(
    world: World, change: str, old: str, new: str
) -> None:
    """Paragraph by paragraph, moved ones too."""
    body = body_of(as_docx(report_on_change(world.backend, change)))
    assert words(body, accepting=True) == clauses(new)
    assert words(body, accepting=False) == clauses(old)


def test_revisions_name_who_and_when(world: World) -> None:
    """The publisher, when the text was first seen; every revision has a number of its own."""
    body = body_of(as_docx(report_on_change(world.backend, "loom@1-2")))
    revisions = [*body.iter(f"{W}ins"), *body.iter(f"{W}del")]
    assert {r.get(f"{W}author") for r in revisions} == {"Harbour Loom"}
    assert {r.get(f"{W}date") for r in revisions} == {"2026-03-08T10:00:00Z"}
    ids = [r.get(f"{W}id") for r in revisions]
    assert len(ids) == len(set(ids)) >= 4


def test_what_a_stranger_says_is_text(empty: World) -> None:
    """Markup, control characters and what XML cannot say; the document opens all the same."""
    empty.declare("loom", service=EVIL)
    empty.publish("loom", LOOM, LOOM_LATER.replace("anyone", f"anyone {EVIL}"), title=EVIL)
    content = as_docx(report_on_change(empty.backend, "loom@1-2"))
    text = "".join(body_of(content).itertext())
    assert "<w:t>]]>&amp; =HYPERLINK(1)" in text
    assert not set(text) & set("\x00\x08\ufffe\u202e\x1b")
    assert docx.Document(io.BytesIO(content)).core_properties.title.startswith("<w:t>]]>")


def test_libreoffice_opens_it(world: World, tmp_path: Path) -> None:
    """And finds the redline in it."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("needs LibreOffice")
    pytest.importorskip("pypdf")
    from pypdf import PdfReader

    (tmp_path / "report.docx").write_bytes(as_docx(report_on_change(world.backend, "loom@1-2")))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    order = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*order, str(tmp_path / "report.docx")], check=True, timeout=120)
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "report.pdf").pages)
    assert "Harbour Loom" in text
    assert "at least 3014 days" in " ".join(text.split())


def test_without_the_extra_it_says_what_to_install(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a sentence, not as a traceback."""
    report = report_on_change(world.backend, "loom@1-2")
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(ConfigError, match=r"pip install 'policywatch\[docx\]'"):
        as_docx(report)
