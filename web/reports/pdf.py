"""A report as PDF/UA: tagged, with a title, a language and bookmarks. Needs the extra `pdf`."""

from __future__ import annotations

import importlib
import logging
from typing import Any

from monitor.errors import ConfigError
from web.reports.html import as_html
from web.reports.model import Report

MISSING = (
    "PDF needs WeasyPrint, which is not installed here: pip install 'policywatch[pdf]'. On Debian "
    "it also needs the packages libpango-1.0-0, libpangoft2-1.0-0, libharfbuzz-subset0 and a font, "
    "such as fonts-liberation. HTML needs nothing: its print dialog makes a PDF, too."
)


def as_pdf(report: Report) -> bytes:
    """The document. Raises ConfigError where WeasyPrint or a library it needs is absent."""
    weasyprint = _weasyprint()
    page = weasyprint.HTML(string=as_html(report), url_fetcher=_refuse, media_type="print")
    made: bytes = page.write_pdf(pdf_variant="pdf/ua-1", pdf_tags=True)
    return made


def _weasyprint() -> Any:
    try:
        found = importlib.import_module("weasyprint")
    except (ImportError, OSError) as error:  # OSError: a library of the system is missing
        raise ConfigError(MISSING) from error
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    return found


def _refuse(url: str, *_: object, **__: object) -> Any:
    """A report names nothing to be loaded; what a stranger's words might name is not."""
    raise ValueError(f"a report loads nothing, and not {url[:100]!r}")
