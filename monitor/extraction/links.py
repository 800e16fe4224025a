"""Where a link leads, without what changes on every load (sessions, nonces, campaign tags)."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit, urlunsplit

_VOLATILE = re.compile(
    r"(?:utm_\w+|_ga|_gl|_hs\w+|gclid|dclid|fbclid|msclkid|yclid|igshid|mc_[ce]id|mkt_tok|"
    r"\w*(?:nonce|csrf|xsrf|session\w*|sess_?id|token|timestamp|cache_?bust\w*|correlation\w*|"
    r"request_?id|trace_?id|impression\w*|click_?id)\w*|sid|cb|ts|rnd|rand|random|_|phpsessid|"
    r"jsessionid|hsctatracking|__hs\w+)$",
    re.IGNORECASE,
)
_SESSION_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#]*", re.IGNORECASE)
_UNSAFE = {" ": "%20", "(": "%28", ")": "%29", "<": "%3C", ">": "%3E", '"': "%22", "\\": "%5C"}
_UNSAFE_CHARS = re.compile(r"[ ()<>\"\\]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_MAX_URL = 2000


def target_of(href: str, base: str) -> str:
    """The absolute target of a link, or "" for links that lead nowhere outside the page."""
    href = _CONTROL.sub("", href).strip()
    if not href or href.startswith("#") or len(href) > _MAX_URL:
        return ""
    scheme = href.split(":", 1)[0].lower() if ":" in href.split("/", 1)[0] else ""
    if scheme in ("mailto", "tel"):
        return _escape(href.split("?", 1)[0])
    if scheme not in ("", "http", "https"):
        return ""
    try:
        absolute = urljoin(base, href) if base else href
        parts = urlsplit(absolute)
    except ValueError:
        return ""
    if "/cdn-cgi/l/email-protection" in parts.path:
        return ""
    if base and parts.fragment and absolute.split("#", 1)[0] == base.split("#", 1)[0]:
        return ""
    query = parts.query
    if query:
        kept = [p for p in query.split("&") if not _VOLATILE.match(p.split("=", 1)[0])]
        query = "&".join(kept)
    path = _SESSION_PATH.sub("", parts.path)
    return _escape(urlunsplit((parts.scheme, parts.netloc, path, query, parts.fragment)))


def decoded_email(code: str) -> str:
    """The address behind Cloudflare's ``data-cfemail`` (a new key on every load), or ""."""
    try:
        raw = bytes.fromhex(code)
    except ValueError:
        return ""
    if len(raw) < 2:
        return ""
    return bytes(byte ^ raw[0] for byte in raw[1:]).decode("utf-8", "replace")


def _escape(url: str) -> str:
    return _UNSAFE_CHARS.sub(lambda match: _UNSAFE[match[0]], url)
