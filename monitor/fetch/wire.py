"""Requests and raw answers over the checked egress.

This module and ``monitor.fetch.transport`` are the only ones that know httpx: its successor is
swapped in here. Every failure leaves as a FetchError.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass

import httpx

from monitor.config import FetchSettings
from monitor.errors import FetchError
from monitor.fetch.caching import Headers, header, header_bytes
from monitor.fetch.decoding import BodyBrokenError, BodyTooLargeError, BoundedBody
from monitor.fetch.egress import Egress
from monitor.fetch.transport import EgressTransport, Passage
from monitor.fetch.urls import Target

_MAX_HEADERS = 200
_MAX_HEADER_BYTES = 64 * 1024
_MAX_COOKIE_BYTES = 16 * 1024
_POST_ANSWER_BYTES = 256 * 1024
_SESSION_CONNECTIONS = 4
_BODY_HEADERS = frozenset({"content-encoding", "content-length", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Answer:
    """A response whose body is still on the wire. Names of headers are lower-case."""

    target: Target
    status: int
    headers: Headers
    chunks: AsyncIterator[bytes]

    async def body(self, limit: int, *, cut: bool = False) -> bytes:
        """The decoded body of at most ``limit`` bytes; ``cut`` keeps the head of a larger one.

        Raises FetchError: ``too_large`` is permanent, a broken or cut body transient.
        """
        try:
            body = BoundedBody(header(self.headers, "content-encoding"), limit)
        except BodyBrokenError as error:
            raise self._undecodable(error) from error
        try:
            declared = header(self.headers, "content-length")
            if declared.isdecimal() and int(declared[:18]) > limit and not cut:
                raise BodyTooLargeError(f"it announces {int(declared[:18]):,} bytes")
            async for chunk in self.chunks:
                body.feed(chunk)
            return body.finish()
        except BodyTooLargeError as error:
            if cut:
                return body.head()
            raise self._unread(
                f"is not read: {error}. If the page is really so large, raise max_bytes under "
                "[fetch]",
                kind="too_large",
            ) from error
        except BodyBrokenError as error:
            raise self._undecodable(error) from error
        finally:
            body.drop()

    def _undecodable(self, error: BodyBrokenError) -> FetchError:
        return self._unread(f"cannot be decoded: {error}. It is tried again later", kind="protocol")

    def _unread(self, reason: str, *, kind: str) -> FetchError:
        return FetchError(
            f"{self.target.shown} {reason}.",
            kind=kind,
            transient=kind == "protocol",
            url=self.target.url,
            status=self.status,
        )


class Session:
    """The requests of one fetch: its connections and its cookies, shared with no other."""

    def __init__(self, transport: EgressTransport, user_agent: str, timeout: float) -> None:
        self._transport = transport
        self._user_agent = user_agent
        self._timeout = timeout
        self._jar = httpx.Cookies()

    @property
    def cookies(self) -> frozenset[tuple[str, str | None]]:
        """Names and values, to tell one visit of a URL from another."""
        return frozenset((cookie.name, cookie.value) for cookie in self._jar.jar)

    @contextlib.asynccontextmanager
    async def send(
        self, method: str, target: Target, headers: Mapping[str, str], content: bytes | None = None
    ) -> AsyncIterator[Answer]:
        """One exchange, no redirects. Leaving the context closes what was not read."""
        request = self._request(method, target, headers, content)
        with _as_fetch_error(target):
            response = await self._transport.handle_async_request(request)
            response.request = request
            try:
                self._jar.extract_cookies(response)
                bounded = _bounded_headers(target, response)
                yield Answer(target, response.status_code, bounded, response.aiter_raw())
            finally:
                await response.aclose()

    async def exchange(
        self, method: str, target: Target, headers: Mapping[str, str], content: bytes
    ) -> httpx.Response:
        """Send ``content``; of the answer's body up to 256 KiB are read, if they come in time.

        Once the status is there the receiver has decided: a body that drips or breaks must not
        turn an accepted alert into a failed one that is sent again.
        """
        body = b""
        async with self.send(method, target, headers, content) as answer:
            with contextlib.suppress(FetchError, httpx.HTTPError, TimeoutError):
                async with asyncio.timeout(self._timeout):
                    body = await answer.body(_POST_ANSWER_BYTES, cut=True)
        kept = [pair for pair in answer.headers if pair[0] not in _BODY_HEADERS]
        return httpx.Response(answer.status, headers=kept, content=body)

    def _request(
        self, method: str, target: Target, headers: Mapping[str, str], content: bytes | None
    ) -> httpx.Request:
        try:
            url = httpx.URL(target.url)
        except httpx.InvalidURL as error:
            raise _parsers_disagree(target) from error
        if url.raw_host.decode("ascii") not in (target.host, f"[{target.host}]"):
            raise _parsers_disagree(target)
        lines = httpx.Headers({"user-agent": self._user_agent, "accept-encoding": "identity"})
        try:
            lines.update(headers)
        except UnicodeEncodeError as error:
            raise _protocol(target, "a header that we were to send is not ASCII") from error
        timeouts = httpx.Timeout(self._timeout).as_dict()
        request = httpx.Request(
            method, url, headers=lines, content=content, extensions={"timeout": timeouts}
        )
        self._jar.set_cookie_header(request)
        if len(request.headers.get("cookie", "")) > _MAX_COOKIE_BYTES:
            raise _protocol(target, "it sets more cookies than can be sent back")
        return request


class Wire:
    """Opens sessions; what is costly to make (authorities, proxy) is made once."""

    def __init__(self, settings: FetchSettings, egress: Egress) -> None:
        self._passage = Passage.of(settings, egress)
        self._user_agent = settings.user_agent
        self._timeout = settings.timeout.total_seconds()

    @contextlib.asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """Connections for one fetch, closed at its end.

        httpcore loses track of a connection now and then when a request is cancelled, as every
        missed deadline does; in a pool that lived for months these would fill it up.
        """
        transport = EgressTransport(self._passage, connections=_SESSION_CONNECTIONS)
        try:
            yield Session(transport, self._user_agent, self._timeout)
        finally:
            await transport.aclose()


def _bounded_headers(target: Target, response: httpx.Response) -> Headers:
    pairs = tuple(
        (name.decode("latin-1").lower(), value.decode("utf-8", "replace"))
        for name, value in response.headers.raw
    )
    if len(pairs) > _MAX_HEADERS or header_bytes(pairs) > _MAX_HEADER_BYTES:
        raise _protocol(target, "its headers are larger than any server needs")
    return pairs


@contextlib.contextmanager
def _as_fetch_error(target: Target) -> Iterator[None]:
    try:
        yield
    except FetchError as error:
        error.url = error.url or target.url
        raise
    except httpx.TimeoutException as error:
        raise FetchError(
            f"{target.origin} did not answer in time ({_words(error)}). It is tried again later.",
            kind="timeout",
            transient=True,
            url=target.url,
        ) from error
    except httpx.ConnectError as error:
        raise _connection_failed(target, error) from error
    except httpx.NetworkError as error:
        raise FetchError(
            f"The connection to {target.origin} broke ({_words(error)}). It is tried again later.",
            kind="network",
            transient=True,
            url=target.url,
        ) from error
    except httpx.ProxyError as error:
        raise FetchError(
            f"The proxy does not connect to {target.origin} ({_words(error)}). Check proxy under "
            "[fetch], its user and its password.",
            kind="refused",
            transient=True,
            url=target.url,
        ) from error
    except httpx.HTTPError as error:
        raise FetchError(
            f"{target.origin} did not speak proper HTTP ({_words(error)}). It is tried again "
            "later; if it stays so, look at the address in a browser.",
            kind="protocol",
            transient=True,
            url=target.url,
        ) from error


def _connection_failed(target: Target, error: httpx.ConnectError) -> FetchError:
    certificate = _cause(error, ssl.SSLCertVerificationError)
    if certificate is not None:
        return FetchError(
            f"The certificate of {target.origin} is not valid ({certificate}). Check the host's "
            "name; for an authority of your own set ca_file under [fetch].",
            kind="tls",
            transient=False,
            url=target.url,
        )
    if _cause(error, ssl.SSLError) is not None:
        return FetchError(
            f"No secure connection to {target.origin} ({_words(error)}). It is tried again later.",
            kind="tls",
            transient=True,
            url=target.url,
        )
    return FetchError(
        f"{target.origin} cannot be reached ({_words(error)}). It is tried again later.",
        kind="refused",
        transient=True,
        url=target.url,
    )


def _cause(error: BaseException, kind: type[BaseException]) -> BaseException | None:
    current: BaseException | None = error
    while current is not None and not isinstance(current, kind):
        current = current.__cause__ or current.__context__
    return current


def _words(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return ascii(text[:200])[1:-1]


def _protocol(target: Target, reason: str) -> FetchError:
    return FetchError(
        f"{target.origin} is not read: {reason}. Look at the address in a browser.",
        kind="protocol",
        transient=False,
        url=target.url,
    )


def _parsers_disagree(target: Target) -> FetchError:
    return FetchError(
        f"The address {target.origin!a} is refused: programs read it in different ways.",
        kind="blocked",
        transient=False,
        url=target.url,
    )
