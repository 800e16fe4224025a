"""The formats a report comes in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from web.reports.docx import as_docx
from web.reports.html import as_html
from web.reports.model import Report
from web.reports.pdf import as_pdf

Format = Literal["html", "pdf", "docx"]
FORMATS: tuple[Format, ...] = get_args(Format)


@dataclass(frozen=True, slots=True)
class _Rendering:
    media_type: str
    render: Callable[[Report], bytes]


_RENDERINGS: Mapping[Format, _Rendering] = {
    "html": _Rendering("text/html; charset=utf-8", lambda report: as_html(report).encode()),
    "pdf": _Rendering("application/pdf", as_pdf),
    "docx": _Rendering(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document", as_docx
    ),
}


def rendered(report: Report, how: Format) -> bytes:
    """The report as a file. Raises ConfigError where a format needs what is not installed."""
    return _RENDERINGS[how].render(report)


def media_type(how: Format) -> str:
    """What the file is, for HTTP."""
    return _RENDERINGS[how].media_type


def format_named(text: str) -> Format | None:
    """The format with that name or file ending; None for what is none."""
    return next((each for each in FORMATS if each == text.lower().removeprefix(".")), None)
