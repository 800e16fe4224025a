"""The PDF, read back: tags, title, language, bookmarks, and nothing that was loaded."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from monitor.errors import ConfigError
from tests.web.world import LOOM, LOOM_LATER, World
from web.reports.pdf import as_pdf
from web.reports.reading import report_on_change

try:
    import weasyprint  # noqa: F401
except (ImportError, OSError):
    pytest.skip("needs the extra pdf", allow_module_level=True)
pypdf = pytest.importorskip("pypdf")


def tags(element: Any) -> Iterator[str]:
    """The structure types of a tagged document, in reading order."""
    node = element.get_object()
    if isinstance(node, list):
        for each in node:
            yield from tags(each)
    elif isinstance(node, dict):
        if "/S" in node:
            yield str(node["/S"])
        if "/K" in node:
            yield from tags(node["/K"])


def test_it_is_tagged_and_titled(world: World) -> None:
    """What can be read of PDF/UA-1: identifier, language, title, structure, bookmarks."""
    reader = pypdf.PdfReader(io.BytesIO(as_pdf(report_on_change(world.backend, "loom@1-2"))))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - an object of pypdf
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()
    assert reader.metadata.title.startswith("Harbour Loom · Privacy policy: Version 1")
    structure = list(tags(root["/StructTreeRoot"]["/K"]))
    assert structure.count("/H1") == 1
    assert structure.count("/H2") == 6
    assert {"/Table", "/TR", "/TH", "/TD", "/P"} <= set(structure)
    titles = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    assert titles == ["Harbour Loom · Privacy policy"]
    assert "Evidence" in [entry.title for entry in reader.outline[1] if not isinstance(entry, list)]


def test_every_font_is_embedded(world: World) -> None:
    """A reader without our fonts sees the same."""
    reader = pypdf.PdfReader(io.BytesIO(as_pdf(report_on_change(world.backend, "loom@1-2"))))
    fonts = [
        font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
    ]
    assert fonts
    assert all({"/FontFile2", "/FontFile3"} & set(font) for font in fonts)


def test_nothing_is_loaded_and_markup_stays_words(empty: World) -> None:
    """An image in a title is text; a fetch would be an error in the log, and no file is there."""
    evil = '<img src="file:///etc/hostname"><link rel=attachment href="file:///etc/hostname">'
    empty.declare("loom", service=evil)
    empty.publish("loom", LOOM, LOOM_LATER.replace("anyone", f"anyone {evil}"), title=evil)
    reader = pypdf.PdfReader(io.BytesIO(as_pdf(report_on_change(empty.backend, "loom@1-2"))))
    assert not reader.attachments
    assert not [image for page in reader.pages for image in page.images]
    assert "file:///etc/hostname" in reader.pages[0].extract_text().replace("\n", "")


def test_without_the_extra_it_says_what_to_install(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what Debian needs beside it."""
    report = report_on_change(world.backend, "loom@1-2")
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(ConfigError, match=r"policywatch\[pdf\].*libpango"):
        as_pdf(report)
