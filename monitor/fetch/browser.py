"""Pages that are made by scripts, rendered by a system Chromium (extra ``browser``).

Each fetch has a browser of its own: nothing is kept between pages, and a deadline ends it for
certain. All its traffic goes through our checking proxy; see docs/fetching.md for the switches.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from monitor.config import FetchSettings
from monitor.errors import FetchError
from monitor.fetch.answers import RENDERED, check_status, kept_headers
from monitor.fetch.egress import Egress
from monitor.fetch.forward import CheckingProxy
from monitor.fetch.urls import Target
from monitor.model import Part

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page, Request, Response, Route

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_QUIET_SECONDS = 8.0
_UNNEEDED = frozenset({"image", "media", "font"})
_TRAFFIC_FACTOR = 5
_SWITCHES = (
    "--proxy-bypass-list=<-loopback>",
    # Nothing is resolved or sent around the proxy: no DNS, no QUIC, no WebRTC over UDP.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-quic",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--dns-prefetch-disable",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-pings",
    "--no-first-run",
    "--js-flags=--max-old-space-size=512",
)


#: Copies what is inside open shadow roots to where HTML can show it, innermost first.
_OPEN_SHADOWS = """() => {
  const visit = (root) => {
    for (const host of root.querySelectorAll("*")) {
      if (!host.shadowRoot) continue;
      visit(host.shadowRoot);
      const copy = document.createElement("div");
      copy.append(...[...host.shadowRoot.childNodes].map((node) => node.cloneNode(true)));
      host.append(copy);
    }
  };
  visit(document);
}"""


def find_chromium(setting: str = "") -> str:
    """The browser's path: the setting, else the first known name on PATH, else ""."""
    if setting:
        return shutil.which(setting) or ""
    return next((path for name in _NAMES if (path := shutil.which(name))), "")


async def render(
    target: Target,
    settings: FetchSettings,
    egress: Egress,
    *,
    language: str,
    seconds: float,
    clock: Callable[[], datetime],
) -> Part:
    """The page after its scripts ran, as UTF-8 HTML. Raises FetchError.

    The caller bounds the time in all; ``seconds`` only caps single steps.
    """
    executable = find_chromium(settings.chromium)
    if not executable:
        raise _unavailable(
            "no Chromium was found. Install one (Debian: apt install chromium), or name it with "
            "chromium under [fetch]"
        )
    traffic = _TRAFFIC_FACTOR * settings.max_bytes
    step = settings.timeout.total_seconds()
    async with (
        CheckingProxy(egress, most_bytes=traffic, connect_seconds=step) as proxy,
        _chromium(executable, proxy) as chromium,
    ):
        context = await _context(chromium, settings, language)
        page = await context.new_page()
        return await _visit(page, target, proxy, settings, min(step, seconds), clock)


@contextlib.asynccontextmanager
async def _chromium(executable: str, proxy: CheckingProxy) -> AsyncIterator[Browser]:
    try:
        from playwright.async_api import Error, async_playwright
    except ImportError as error:
        raise _unavailable(
            'the extra "browser" is not installed: pip install "policywatch[browser]"'
        ) from error
    with tempfile.TemporaryDirectory(
        prefix="policywatch-browser-", ignore_cleanup_errors=True
    ) as home:
        async with async_playwright() as playwright:
            try:
                chromium = await playwright.chromium.launch(
                    executable_path=executable,
                    args=list(_SWITCHES),
                    # Chromium's sandbox refuses to work as root, and only then goes without.
                    chromium_sandbox=os.geteuid() != 0,
                    proxy={
                        "server": proxy.address,
                        "bypass": "<-loopback>",
                        "username": proxy.user,
                        "password": proxy.password,
                    },
                    env=_environment(home),
                )
            except Error as error:
                raise _unavailable(f"{executable} does not start ({_first_line(error)})") from error
            try:
                yield chromium
            finally:
                with contextlib.suppress(Error):
                    await chromium.close()


def _environment(home: str) -> dict[str, str | float | bool]:
    """Nothing of ours: the daemon's environment holds secrets."""
    return {"HOME": home, "PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}


async def _context(chromium: Browser, settings: FetchSettings, language: str) -> BrowserContext:
    context = await chromium.new_context(
        accept_downloads=False,
        service_workers="block",
        user_agent=settings.user_agent,
        extra_http_headers={"accept-language": language},
        locale=language.partition(",")[0],
        viewport={"width": 1280, "height": 2000},
    )
    await context.route("**/*", _filter)
    return context


async def _filter(route: Route) -> None:
    request = route.request
    if request.resource_type in _UNNEEDED or not request.url.startswith(("http://", "https://")):
        await route.abort("blockedbyclient")
    else:
        await route.continue_()


class _Course:
    """The documents of the main frame, also after a script or a meta refresh moved on."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.asked = url
        self.answers: list[Response] = []
        page.on("request", self._on_request)
        page.on("response", self._on_response)

    def _on_request(self, request: Request) -> None:
        if self._is_document(request):
            self.asked = request.url

    def _on_response(self, response: Response) -> None:
        if self._is_document(response.request):
            self.answers.append(response)

    def _is_document(self, request: Request) -> bool:
        return request.is_navigation_request() and request.frame == self.page.main_frame


async def _visit(
    page: Page,
    target: Target,
    proxy: CheckingProxy,
    settings: FetchSettings,
    step: float,
    clock: Callable[[], datetime],
) -> Part:
    from playwright.async_api import Error
    from playwright.async_api import TimeoutError as LateError

    course = _Course(page, target.url)
    try:
        await page.goto(target.url, wait_until="domcontentloaded", timeout=step * 1000)
        with contextlib.suppress(LateError):  # a page that polls is never idle
            await page.wait_for_load_state("networkidle", timeout=min(step, _QUIET_SECONDS) * 1000)
        _check_arrival(course, target, proxy)
        return await _part(course, target, settings.max_bytes, clock())
    except LateError as error:
        raise FetchError(
            f"{target.shown} was not loaded within {step:g} s. It is tried again later.",
            kind="timeout",
            transient=True,
            url=target.url,
        ) from error
    except Error as error:
        raise _explained(course, target, proxy, _first_line(error)) from error


def _check_arrival(course: _Course, target: Target, proxy: CheckingProxy) -> None:
    """A page whose scripts led to a refused place, or that was cut short, is no capture."""
    lost = not course.page.url.startswith(("http://", "https://")) or not course.answers
    if lost or proxy.overrun or proxy.refusal(course.asked):
        raise _explained(course, target, proxy, "the browser got no answer")


async def _part(course: _Course, target: Target, limit: int, now: datetime) -> Part:
    response = course.answers[-1]
    headers = await _headers(response)
    check_status(target, response.status, headers, now)
    browser = course.page.context.browser
    return Part(
        url=target.url,
        final_url=response.url.partition("#")[0],
        status=response.status,
        headers=(
            *kept_headers(headers),
            (RENDERED, f"Chromium/{browser.version if browser else 'unknown'}"),
        ),
        media_type="text/html; charset=utf-8",
        content=await _html(course.page, target, limit),
        fetched_at=now,
        redirects=await _steps(response),
    )


async def _headers(response: Response) -> tuple[tuple[str, str], ...]:
    pairs = await response.headers_array()
    return tuple((pair["name"].lower(), pair["value"]) for pair in pairs)


async def _steps(response: Response) -> tuple[str, ...]:
    """The redirects that led to the page, written as ``Part.redirects`` wants them."""
    steps: list[str] = []
    request = response.request
    while (earlier := request.redirected_from) is not None and len(steps) < 20:
        answer = await earlier.response()
        steps.insert(0, f"{answer.status if answer else 302} {request.url}")
        request = earlier
    return tuple(steps)


async def _html(page: Page, target: Target, limit: int) -> bytes:
    await page.evaluate(_OPEN_SHADOWS)
    size: Any = await page.evaluate("document.documentElement.outerHTML.length")
    html = (await page.content()).encode("utf-8", "replace") if size <= limit else b""
    if size > limit or len(html) > limit:
        raise FetchError(
            f"{target.shown} renders to more than {limit:,} bytes. If the page is really so large, "
            "raise max_bytes under [fetch].",
            kind="too_large",
            transient=False,
            url=target.url,
        )
    return html


def _explained(course: _Course, target: Target, proxy: CheckingProxy, reason: str) -> FetchError:
    """The proxy knows better than the browser why a page could not be had."""
    if proxy.overrun:
        return FetchError(
            f"{target.shown} loads more than {_TRAFFIC_FACTOR} times max_bytes under [fetch].",
            kind="too_large",
            transient=False,
            url=target.url,
        )
    return proxy.refusal(course.asked) or _failed(target, reason, transient=True)


def _failed(target: Target, reason: str, *, transient: bool) -> FetchError:
    return FetchError(
        f"{target.shown} could not be rendered: {reason}. If the page needs no scripts, or is a "
        'PDF, use fetch = "http".',
        kind="browser",
        transient=transient,
        url=target.url,
    )


def _unavailable(reason: str) -> FetchError:
    return FetchError(
        f'fetch = "browser" is not possible: {reason}.', kind="browser", transient=False
    )


def _first_line(error: Exception) -> str:
    return ascii(str(error).strip().partition("\n")[0][:200])[1:-1]
