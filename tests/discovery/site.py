"""A company's site on loopback: a start page, a hub, policies, a sitemap, and other pages."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.check.world import page
from web.server import listen, serving

NAV = "<nav><a href=/>Home</a> <a href=/pricing>Pricing</a> <a href=/blog/privacy>News</a></nav>"


def document(title: str, *paragraphs: str) -> str:
    """A page with a heading and paragraphs, in a realistic frame."""
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return (
        f'<html lang="en"><head><title>{title} | Harbour Loom</title>'
        '<meta property="og:site_name" content="Harbour Loom"></head>'
        f'<body><header>{NAV}</header><div id="app"><main class="legal-page"><h1>{title}</h1>'
        f"{body}</main></div><footer>Copyright Harbour Loom</footer></body></html>"
    )


TERMS = document(
    "Terms of service",
    "These terms are an agreement between you and Harbour Loom about your use of our service.",
    "You may use the service only if you are at least 16 years old and accept these terms.",
    "We may change the price of the service with 30 days of notice by e-mail.",
    "You may end this agreement at any time; we may suspend accounts that break these terms.",
    "The courts of Oslo decide on disputes, and the law of Norway governs this agreement.",
    "Our liability is limited to what you paid us in the twelve months before the claim.",
)
DPA = document(
    "Data processing addendum",
    "This addendum is part of the agreement between the customer and Harbour Loom (processor).",
    "The processor processes personal data only on documented instructions from the controller.",
    "The processor informs the controller of new sub-processors 30 days before they begin, and the"
    " controller may object within this period.",
    "The processor notifies the controller of a personal data breach within 48 hours.",
    "At the end of the services the processor deletes all personal data within 30 days.",
    "The controller may audit the processor once a year after giving notice.",
)
SUBPROCESSORS = document(
    "Sub-processors",
    "Harbour Loom uses these sub-processors to process the personal data of its customers.",
    "Tarn Hosting AS, Norway, hosts our servers and the databases of our customers.",
    "Pell Mail GmbH, Germany, delivers the messages that our customers send.",
    "We tell customers of new sub-processors at least 30 days before they begin their work.",
)
HOME = (
    f"<html lang=en><head><title>Harbour Loom</title></head><body>{NAV}<main><h1>Cloth by sea</h1>"
    "<p>We weave and ship cloth to forty ports.</p></main><footer>"
    '<a href="/legal/privacy-policy?utm_source=footer#top">Privacy</a> <a href="/legal">Legal</a> '
    '<a href="https://tool.example/privacy">How our chat tool handles privacy matters</a> '
    '<a href="/jobs">Jobs</a></footer></body></html>'
)
LEGAL = document("Legal", '<a href="/legal/terms.html">Terms of Service</a>', "All our papers.")


@dataclass
class Site:
    """What a test plays with; ``asked`` are the paths that were asked for, in order."""

    base: str
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


def harbour_loom() -> dict[str, tuple[str, str]]:
    """Paths to (media type, body)."""
    html = "text/html; charset=utf-8"
    sitemap = (
        '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        "<url><loc>BASE/pricing</loc></url><url><loc>BASE/papers/dpa</loc></url></urlset>"
    )
    return {
        "/": (html, HOME),
        "/legal": (html, LEGAL),
        "/legal/privacy-policy": (html, page()),
        "/legal/terms.html": (html, TERMS),
        "/papers/dpa": (html, DPA),
        "/subprocessors": (html, SUBPROCESSORS),
        "/blog/privacy": (html, document("Why we care about privacy", "A story of ours.")),
        "/sitemap.xml": ("application/xml", sitemap),
    }


@contextlib.asynccontextmanager
async def served(pages: dict[str, tuple[str, str]] | None = None) -> AsyncIterator[Site]:
    """The site, on a port of its own."""
    bound = listen("127.0.0.1", 0, table="test")
    site = Site(
        f"http://127.0.0.1:{bound.getsockname()[1]}", harbour_loom() if pages is None else pages
    )

    async def answer(request: Request) -> Response:
        site.asked.append(request.url.path)
        kind, body = site.pages.get(request.url.path, ("", ""))
        if not kind:
            return Response("<h1>404</h1>", 404, media_type="text/html")
        return Response(body.replace("BASE", site.base), headers={"content-type": kind})

    async with serving(Starlette(routes=[Route("/{path:path}", answer)]), bound):
        yield site
