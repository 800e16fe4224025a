"""A report as HTML: one file that loads nothing and runs nothing."""

from __future__ import annotations

from web import rendering
from web.reports.model import CLAIM, Report


def as_html(report: Report) -> str:
    """The page, with its style in it."""
    return rendering.render("report.html", report=report, claim=CLAIM, kind_of=_kind_of)


def _kind_of(block: object) -> str:
    return type(block).__name__
