"""Formats, media types, charsets, selectors and parts."""

from __future__ import annotations

import io
import pickle
from datetime import date

import docx
import pytest
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

from monitor.config import Range
from monitor.errors import ExtractionError
from monitor.extraction import check_selector, combine, read_document
from tests.extraction.pages_of_policy import CLOSING, OPENING, article

MARKDOWN = "# Privacy\r\n\r\nWe keep   *logs*:\n\n* for a day\n* for [good](x)\n"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SENTENCE = "We keep server logs of your visits for ninety days and then we erase them for good."


def pdf(pages: int = 3) -> bytes:
    """A PDF of several pages with a running header and page numbers."""
    out = io.BytesIO()
    styles = getSampleStyleSheet()

    def edges(canvas, document):
        canvas.drawString(72, 800, "Quillmoor Ltd - Privacy Policy v2")
        canvas.drawString(280, 30, f"Page {document.page} of {pages}")

    story = []
    for number in range(pages):
        story += [Paragraph(f"Section {number + 1}", styles["Heading1"])]
        story += [
            Paragraph(f"Part {number + 1}.{n}: " + f"{SENTENCE} " * 3, styles["BodyText"])
            for n in range(4)
        ]
        story += [PageBreak()]
    document = SimpleDocTemplate(out, title="Quillmoor Privacy")
    document.build(story, onFirstPage=edges, onLaterPages=edges)
    return out.getvalue()


def word() -> bytes:
    """A Word document with a heading, a list and a table."""
    out = io.BytesIO()
    document = docx.Document()
    document.core_properties.title = "Quillmoor Terms"
    document.add_heading("Terms of Service", 1)
    document.add_paragraph(SENTENCE)
    document.add_paragraph("Browser types", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ("Data", "Kept", "Logs", "A year"), strict=True):
        cell.text = text
    document.save(out)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["text/markdown", "text/plain"])
def test_text_is_kept_as_given(kind):
    """Markdown and plain text come out character for character, and clauses index them."""
    document = read_document(MARKDOWN.encode(), media_type=kind)
    assert document.text == MARKDOWN
    assert document.media_type == kind
    assert all(document.text[c.start : c.end] == c.text for c in document.clauses)


def test_clauses_of_html_index_the_text():
    """The offsets of the clauses of a page point into its Markdown."""
    document = read_document(article("<ul><li>a<li>b</ul><table><tr><td>x<td>y</table>").encode())
    assert document.clauses
    assert all(document.text[c.start : c.end] == c.text for c in document.clauses)


def test_a_pdf_is_joined_into_paragraphs():
    """Lines become paragraphs, headings stay, running headers and page numbers go."""
    document = read_document(pdf(), media_type="application/pdf")
    paragraph = f"Part 2.1: {SENTENCE} {SENTENCE} {SENTENCE}"
    assert paragraph in document.text
    assert "# Section 2" in document.text
    assert "Page 2" not in document.text
    assert "v2" not in document.text
    assert "\r" not in document.text
    assert {item.text for item in document.dropped} >= {"Page 2 of 3"}
    assert document.title == "Quillmoor Privacy"


def test_a_word_document_keeps_its_structure():
    """Headings, lists and tables of a .docx come out as Markdown."""
    document = read_document(word(), media_type=DOCX)
    for line in ("# Terms of Service", SENTENCE, "- Browser types", "| Data | Kept |"):
        assert line in document.text
    assert document.title == "Quillmoor Terms"


@pytest.mark.parametrize(
    ("content", "declared", "url", "kind"),
    [
        (pdf(1), "application/octet-stream", "", "application/pdf"),
        (pdf(1), "text/html", "", "application/pdf"),
        (word(), "application/octet-stream", "", DOCX),
        (word(), "application/zip", "", DOCX),
        (MARKDOWN.encode(), "text/plain", "https://a.example/privacy.md", "text/markdown"),
        (MARKDOWN.encode(), "", "https://a.example/privacy", "text/plain"),
        (article("").encode(), "text/plain; charset=utf-8", "", "text/html"),
        (article("").encode(), "", "", "text/html"),
        (article("").encode(), "application/xhtml+xml", "", "text/html"),
        (b"<!-- c --><html><p>x", "application/pdf", "", "text/html"),
    ],
)  # fmt: skip
def test_a_wrong_content_type_does_not_matter(content, declared, url, kind):
    """What a document is follows from its bytes where the server says it wrongly or not at all."""
    assert read_document(content, media_type=declared, url=url).media_type == kind


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"%PDF-1.7 garbage", "application/pdf", "cannot be opened"),
        (b"PK\x03\x04 word/ garbage", DOCX, "Word document"),
        (b"GIF89a", "image/gif", "cannot be read"),
        (b"PK\x03\x04 other", "application/zip", "cannot be read"),
    ],
)
def test_unreadable_bytes_are_refused_in_words(content, kind, words):
    """Damaged or foreign documents give an ExtractionError that says what they are."""
    with pytest.raises(ExtractionError, match=words):
        read_document(content, media_type=kind, url="https://a.example/x")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("<p>Größe – „Daten“ €".encode("cp1252"), "text/html"),
        ("<p>Größe – „Daten“ €".encode("cp1252"), "text/html; charset=ISO-8859-1"),
        ("<meta charset=windows-1252><p>Größe – „Daten“ €".encode("cp1252"), "text/html"),
        ("<p>Größe – „Daten“ €".encode(), "text/html; charset=iso-8859-1"),
        ("<p>Größe – „Daten“ €".encode("utf-8-sig"), "text/html"),
        ("<p>Größe – „Daten“ €".encode("utf-16"), "text/html; charset=utf-8"),
        ("<p>Größe – „Daten“ €".encode("utf-16-le"), "text/html; charset=utf-16le"),
        ("<meta charset=base64><p>Größe – „Daten“ €".encode(), "text/html; charset=rot13"),
    ],
)
def test_charsets_are_read_as_browsers_do(content, kind):
    """BOM, header, meta and fallback give the same words."""
    document = read_document(content, media_type=kind)
    assert document.text == "Größe – „Daten“ €"
    assert document.warnings == ()


def test_an_eastern_charset_is_believed():
    """A declared legacy charset is used where the bytes are not UTF-8."""
    content = "<meta charset=shift_jis><p>個人情報".encode("shift_jis")
    assert read_document(content).text == "個人情報"


def test_selected_parts_are_the_document():
    """``select`` keeps the chosen elements in document order, ``remove`` takes out of them."""
    page = article(
        f"<div class=b>{SENTENCE}</div><div class=a><p>Kept.</p><p class=x>Not.</p></div>"
    )
    document = read_document(page.encode(), select=[".a", ".b"], remove=[".x", ".absent"])
    assert document.text == f"{SENTENCE}\n\nKept."
    assert ("Not.", "removed by the declaration") in {(d.text, d.reason) for d in document.dropped}


def test_a_range_runs_from_one_place_to_another():
    """Text between two elements is chosen, bounds in or out as declared."""
    page = article("<h2 id=s>Start</h2><p>One.</p><p>Two.</p><h2 id=e>End</h2>")
    inner = read_document(page.encode(), ranges=[Range(start_after="#s", end_before="#e")])
    outer = read_document(page.encode(), ranges=[Range(start_before="#s", end_after="#e")])
    assert inner.text == "One.\n\nTwo."
    assert outer.text == "## Start\n\nOne.\n\nTwo.\n\n## End"


@pytest.mark.parametrize(
    "given",
    [{"select": [".nope"]}, {"ranges": [Range(start_after="#nope", end_before="h1")]}],
)
def test_a_selector_without_a_match_is_an_error(given):
    """A page that no longer has the selected part is not read as an empty policy."""
    with pytest.raises(ExtractionError, match=r"nope.*matches nothing"):
        read_document(article("").encode(), url="https://a.example/p", **given)


@pytest.mark.parametrize("css", ["main", "div > p:nth-child(2n+1)", "a[href^='/x']", ":is(a, b)"])
def test_a_good_selector_passes(css):
    """What style sheets can say can be selected."""
    check_selector(css)


@pytest.mark.parametrize("css", ["", "div >", "..a", "//p", "a{}", "p:contains(x)", "main,,p"])
def test_a_bad_selector_is_refused(css):
    """A selector that cannot be used is refused with the selector named."""
    with pytest.raises(ExtractionError, match="CSS selector"):
        check_selector(css)


def test_selectors_on_a_pdf_are_refused():
    """A selector for a document without elements is a mistake that is told."""
    with pytest.raises(ExtractionError, match="not HTML"):
        read_document(pdf(1), media_type="application/pdf", select=["main"])


def test_parts_are_combined_in_order():
    """A policy of several pages is one document with one set of clauses."""
    first = read_document(article("").encode())
    second = read_document(b"<html lang=en><h1>Annex</h1><p>Last updated: 1 May 2024")
    both = combine([first, second])
    assert both.text == f"{first.text}\n\n# Annex\n\nLast updated: 1 May 2024"
    assert both.last_updated == date(2024, 5, 1)
    assert both.title == first.title
    assert both.language == "en"
    assert all(both.text[c.start : c.end] == c.text for c in both.clauses)
    assert combine([first]) is first
    with pytest.raises(ExtractionError):
        combine([])


@pytest.mark.parametrize(
    "page",
    [
        '<div id="__next"></div><script id="__NEXT_DATA__" type="application/json">'
        '{"props":{"pageProps":{"policy":{"body":"<h2>Logs</h2>%s"}}},"buildId":"x"}</script>',
        "<div id=app></div><script>window.__STATE__ = "
        '{"page":{"blocks":[{"nodeType":"heading-2","content":[{"nodeType":"text","value":"Logs"}]},'
        '{"nodeType":"paragraph","content":[{"nodeType":"text","value":"%s"}]}]}};</script>',
        '<script>self.__next_f.push([1,"1:[\\"$\\",\\"main\\",null,{\\"children\\":[[\\"$\\",\\"h2\\",null,'
        '{\\"children\\":\\"Logs\\"}],[\\"$\\",\\"p\\",null,{\\"children\\":\\"%s\\"}],\\"$L7\\"]}]\\n"])'
        "</script>",
        '<div id=app data-page="{&quot;html&quot;:&quot;<h2>Logs</h2>%s&quot;}"></div>',
    ],
    ids=["next data", "rich text", "server stream", "attribute"],
)
def test_a_policy_kept_in_json_is_found(page):
    """A page that draws its policy from JSON with a script is read without the script."""
    prose = " ".join([SENTENCE] * 10)
    document = read_document((page % prose).encode())
    assert document.text.count(SENTENCE) == 10
    assert "## Logs" in document.text
    assert document.warnings == ("fallback",)
    assert "buildId" not in document.text


def test_title_and_language_are_read():
    """The title is the page's own; a wrong lang attribute does not hide the text's language."""
    document = read_document(article("").encode())
    assert document.title == "Privacy | Quillmoor"
    assert document.language == "en"
    italian = "Trattiamo i dati personali degli utenti solo per le finalità indicate in questa "
    page = f"<html lang=en-US><p>{(italian + 'informativa sulla privacy. ') * 8}"
    assert read_document(page.encode()).language == "it"


def test_a_document_can_be_sent_to_another_process():
    """Documents survive pickling."""
    document = read_document(article("").encode())
    assert pickle.loads(pickle.dumps(document)) == document
    assert OPENING in document.text
    assert CLOSING in document.text
