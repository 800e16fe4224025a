"""A site of policies for benchmarks: real sizes, and one change of state at a time.

    python -m benchmarks.site PORT POLICIES      prints "ready", serves until killed

``/p/N`` is policy number N, ``/robots.txt`` allows all, ``/state?NAME`` switches:

  plain         answers without validators, the same bytes each time
  etag          the same bytes, with an ETag and 304
  noise         nonces in attributes and scripts differ on each load
  boilerplate   navigation, footer and a banner were redesigned on every page
  changed       one policy in ten has other words (``EDITS``), the bytes of the others are the same
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import secrets
import sys
from dataclasses import dataclass

from benchmarks.pages import blocks_of
from benchmarks.policies import written

#: Letters of a policy, and bytes of its page: medians of recorded policies and their pages.
LETTERS = 36_000
PAGE_BYTES = 85_000
STATES = ("plain", "etag", "noise", "boilerplate", "changed")
_NONCE = b"0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a paragraph; an immaterial one must alert nobody."""

    before: str
    after: str
    material: bool = True


EDITS = (
    Edit(
        "We announce changes of this policy by e-mail at least 30 days before they apply.",
        "We announce changes of this policy by e-mail at least 14 days before they apply.",
    ),
    Edit(
        "Nobody under 16 years of age may open an account with Brindle.",
        "Nobody under 13 years of age may open an account with Brindle.",
    ),
    Edit(
        "Support tickets are deleted 90 days after they were closed.",
        "Support tickets are deleted 24 months after they were closed.",
    ),
    Edit(
        "We do not sell personal information to anyone.",
        "We may sell personal information to advertising networks.",
    ),
    Edit(
        "We show your public profile to other customers only with your consent.",
        "We show your public profile to other customers unless you object.",
    ),
    Edit(
        "We will tell you within 72 hours if a breach of security concerns your data.",
        "We will tell you without undue delay if a breach of security concerns your data.",
    ),
    Edit(
        "Our processors are Northwind Hosting in Ireland and Kestrel Mail in Sweden.",
        "Our processors are Northwind Hosting in Ireland, Kestrel Mail in Sweden and Tarn "
        "Analytics in the United States.",
    ),
    Edit(
        "You may bring a claim before the courts of the place where you live.",
        "Any claim is decided by binding arbitration in Reykjavik.",
    ),
    Edit(
        "You can reach our data protection officer at dpo@brindle.example, by post or by phone.",
        "You can reach our data protection officer by phone, by post or at "
        "dpo@brindle.example.",
        material=False,
    ),
    Edit(
        "We use the word “service” for everything that Brindle offers.",
        "We use the word \"service\" for everything that  Brindle offers.",
        material=False,
    ),
)  # fmt: skip


def address(site: str, number: int) -> str:
    """The URL of a policy at the site ``http://127.0.0.1:PORT``: fifty hosts share the policies."""
    return f"{site.replace('127.0.0.1', f'127.0.0.{1 + number % 50}')}/p/{number}"


def edit_of(number: int) -> Edit | None:
    """What state ``changed`` does to policy ``number``; None for nine in ten."""
    return EDITS[number // 10 % len(EDITS)] if number % 10 == 0 else None


def page(number: int, *, changed: bool = False, redesigned: bool = False) -> bytes:
    """The page of one policy, about 85 kB, with ``_NONCE`` where each load may differ."""
    edit = edit_of(number) if changed else None
    words = [e.after if e is edit else e.before for e in EDITS]
    generated = written(random.Random(number), LETTERS)
    head, sections = generated.split("\n\n## ", 1)
    text = "\n\n".join([head, "## In short", *words, f"## {sections}"])
    return _wrapped(text, number, redesigned=redesigned).encode()


def _wrapped(text: str, number: int, *, redesigned: bool) -> str:
    nonce = _NONCE.decode()
    if redesigned:
        menu = "".join(
            f'<li><a href="/n/{n}">{n.title()}</a></li>'
            for n in ["home", "tariffs", "team", "help", "jobs"]
        )
        news = "New: Brindle for teams. Try it free until spring."
        banner = f'<div class="promo" role="banner"><p>{news}</p></div>'
        foot = "Made with care in the north. Follow us for recipes and quiet news."
    else:
        menu = "".join(
            f'<li><a href="/{n}">{n.title()}</a></li>'
            for n in ["start", "products", "prices", "about", "contact"]
        )
        banner, foot = "", "Brindle Ltd, 4 Harbour Lane. All rights reserved."
    body = "\n".join(_element(block.kind, block.text) for block in blocks_of(text))
    body = body.replace("\n<li>", "\n<ul><li>", 1)
    page = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Privacy
Policy {number} - Brindle</title><script nonce="{nonce}">
window.config = {{"token": "{nonce}"}};</script>
<style>/*css*/</style></head><body data-request="{nonce}">{banner}<header><a href="/">Brindle</a>
<nav><ul>{menu}</ul></nav></header><main id="m"><article>{body}</article></main>
<footer><nav><ul>{menu}</ul></nav><p>{foot}</p></footer><script>/*js*/</script></body></html>"""
    missing = max(0, PAGE_BYTES - len(page.encode()))
    rule = ".c-{0:05x}{{margin:0 auto;padding:4px 8px;color:#123}}"
    line = "function f{0}(a,b){{return a<b&&!window.q[{0}]||b}};"
    css = "".join(rule.format(n) for n in range(missing // 2 // 45))
    js = "".join(line.format(n) for n in range(missing // 2 // 48))
    return page.replace("/*css*/", css).replace("/*js*/", js)


def _element(kind: str, text: str) -> str:
    if kind == "row":
        cells = "".join(f"<td>{cell.strip()}</td>" for cell in text.strip("|").split("|"))
        return f"<table><tr>{cells}</tr></table>"
    tag = {"li": "li", "ol": "li"}.get(kind, kind)
    return f"<{tag}>{text}</{tag}>"


class Site:
    """Answers from memory; what a state changes is made when it is first asked for."""

    def __init__(self, policies: int) -> None:
        self.state = "plain"
        self._plain = [page(number) for number in range(policies)]
        self._changed = {
            number: page(number, changed=True) for number in range(policies) if edit_of(number)
        }
        self._redesigned = [page(number, redesigned=True) for number in range(policies)]

    def body(self, number: int) -> bytes:
        """The page as the state has it."""
        if self.state == "noise":
            return self._plain[number].replace(_NONCE, secrets.token_hex(8).encode())
        if self.state == "boilerplate":
            return self._redesigned[number]
        if self.state == "changed":
            return self._changed.get(number, self._plain[number])
        return self._plain[number]

    def answer(self, path: str, asked: str) -> bytes:
        """A whole HTTP answer; ``asked`` is the If-None-Match that came."""
        if path.startswith("/state?"):
            self.state = path.partition("?")[2]
            return _answer(200, b"ok", "text/plain")
        if path == "/robots.txt":
            return _answer(200, b"User-agent: *\nDisallow:\n", "text/plain")
        if not path.startswith("/p/"):
            return _answer(404, b"not here", "text/plain")
        body = self.body(int(path[3:]))
        if self.state != "etag":
            return _answer(200, body, "text/html; charset=utf-8")
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if asked == etag:
            return _answer(304, b"", "text/html", etag)
        return _answer(200, body, "text/html; charset=utf-8", etag)


def _answer(status: int, body: bytes, kind: str, etag: str = "") -> bytes:
    reason = {200: "OK", 304: "Not Modified", 404: "Not Found"}[status]
    lines = [f"HTTP/1.1 {status} {reason}", f"Content-Type: {kind}"]
    lines += [f"ETag: {etag}"] if etag else []
    lines += [] if status == 304 else [f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if status == 304 else body)


async def serve(port: int, policies: int) -> None:
    """Serve on every loopback address until cancelled."""
    site = Site(policies)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"):
                lines = request.split("\r\n")
                headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines[1:])}
                writer.write(site.answer(lines[0].split()[1], headers.get("if-none-match", "")))
                await writer.drain()
                if headers.get("connection", "").lower() == "close":
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "0.0.0.0", port, backlog=1024)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
