"""What people send: forms that are short, and only from our own pages.

A browser says where a request comes from (Sec-Fetch-Site, else Origin). One that says nothing of it
is no browser with somebody's pages open, but it is refused all the same: state changes come from
these pages alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from fastapi import HTTPException, Request
from starlette.datastructures import Headers

#: Bytes.
LONGEST_FORM = 32_000
_KIND = "application/x-www-form-urlencoded"


async def form(request: Request, longest: int = LONGEST_FORM) -> Mapping[str, str]:
    """The fields of a form of so many bytes, the last of each name.

    403, 413 or 415 for what is no form of ours.
    """
    if not is_from_here(request.headers):
        raise HTTPException(403, "This was not sent from a page of this site, so nothing is done.")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _KIND:
        raise HTTPException(415, f"Send the fields as {_KIND}.")
    text = (await read(request, longest)).decode("utf-8", "replace")
    return dict(parse_qsl(text, keep_blank_values=True))


async def read(request: Request, longest: int = LONGEST_FORM) -> bytes:
    """The body of a request that should be short, in bytes. 413 for one that is not."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > longest:
            raise HTTPException(413, f"A form has at most {longest} bytes.")
    return bytes(body)


def is_a_page_elsewhere(headers: Headers) -> bool:
    """Whether a browser sent this from another site; programs say nothing of where they are."""
    said = "sec-fetch-site" in headers or "origin" in headers
    return said and not is_from_here(headers)


def is_from_here(headers: Headers) -> bool:
    """Whether a browser sent this from one of our own pages."""
    site = headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = headers.get("origin")
    if origin is None:
        return site == "same-origin"
    return urlsplit(origin).netloc == headers.get("host", "") != ""
