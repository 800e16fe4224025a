"""The checked egress as a transport of httpx.

This module and ``monitor.fetch.wire`` are the only ones that know httpx and httpcore.
"""

from __future__ import annotations

import contextlib
import logging
import ssl
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Self
from urllib.parse import unquote

import httpcore
import httpx

from monitor.config import FetchSettings
from monitor.errors import ConfigError, FetchError
from monitor.fetch.egress import FIRST_TRY_SECONDS, MOST_TRIED, Egress
from monitor.fetch.urls import Target, parse_url

_CLIENT_CONNECTIONS = 16


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Opens TCP connections to addresses that the egress has checked, and nothing else.

    ``proxy`` is the one endpoint that is reached unchecked, because the operator named it.
    """

    def __init__(self, egress: Egress, proxy: Target | None = None) -> None:
        self._egress = egress
        self._proxy = (proxy.host, proxy.port) if proxy else None
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's signature)
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first checked address that answers."""
        if (host, port) == self._proxy:
            return await self._inner.connect_tcp(host, port, timeout=timeout)
        addresses = (await self._egress.addresses(host, port))[:MOST_TRIED]
        for address in addresses[:-1]:
            with contextlib.suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                early = min(timeout or FIRST_TRY_SECONDS, FIRST_TRY_SECONDS)
                return await self._inner.connect_tcp(str(address), port, timeout=early)
        return await self._inner.connect_tcp(str(addresses[-1]), port, timeout=timeout)

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """No address of the web is a socket file."""
        raise FetchError("Socket files are not fetched.", kind="blocked", transient=False)

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Passage:
    """What all connections share: the gate, the trusted authorities and the proxy, read once."""

    egress: Egress
    context: ssl.SSLContext
    proxy: tuple[Target, httpcore.Proxy] | None

    @classmethod
    def of(cls, settings: FetchSettings, egress: Egress) -> Self:
        """Raises ConfigError for an unusable ``ca_file`` or ``proxy``."""
        proxy = read_proxy(settings.proxy) if settings.proxy else None
        return cls(egress, ssl_context(settings), proxy)


class EgressTransport(httpx.AsyncBaseTransport):
    """An httpx transport over httpcore's connection pool with the checked backend."""

    def __init__(self, passage: Passage, *, connections: int) -> None:
        place, proxy = passage.proxy or (None, None)
        self._egress = passage.egress
        self._proxied = proxy is not None
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=passage.context,
            proxy=proxy,
            http2=True,
            max_connections=connections,
            network_backend=CheckedBackend(passage.egress, place),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. FetchError of the egress passes through unchanged."""
        url = request.url
        if self._proxied:
            port = url.port or (443 if url.scheme == "https" else 80)
            await self._egress.check_behind_proxy(url.host, port)
        core = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _as_httpx():
            response = await self._pool.handle_async_request(core)
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Stream(response),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Stream(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx():
            async for chunk in self._response.aiter_stream():
                yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()


def egress_client(settings: FetchSettings, egress: Egress | None = None) -> httpx.AsyncClient:
    """An httpx client that reaches only what the settings allow, for channels and heartbeats.

    It follows no redirects, keeps no cookies and ignores the environment's proxies.
    """
    # httpx logs every URL at INFO, and the URL of a webhook is its secret.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    egress = egress or Egress(allow_networks=settings.allow_networks)
    return httpx.AsyncClient(
        transport=EgressTransport(Passage.of(settings, egress), connections=_CLIENT_CONNECTIONS),
        timeout=settings.timeout.total_seconds(),
        headers={"user-agent": settings.user_agent},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        follow_redirects=False,
        trust_env=False,
    )


def ssl_context(settings: FetchSettings) -> ssl.SSLContext:
    """The usual authorities (or SSL_CERT_FILE), and the operator's own ``ca_file``."""
    context = httpx.create_ssl_context()
    if settings.ca_file:
        try:
            context.load_verify_locations(settings.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(
                f'[fetch] ca_file = "{settings.ca_file}" cannot be used ({error}): '
                "name a readable file of PEM certificates"
            ) from error
    return context


def read_proxy(text: str) -> tuple[Target, httpcore.Proxy]:
    """The proxy of the settings. Its address is the operator's own choice and is not checked."""
    scheme, _, rest = text.partition("://")
    user, _, authority = rest.rpartition("@")
    try:
        target = parse_url(f"{scheme}://{authority}")
    except FetchError as error:
        raise ConfigError(
            '[fetch] proxy must be an http proxy, such as "http://proxy.example:3128"'
        ) from error
    name, _, password = user.partition(":")
    auth = (unquote(name), unquote(password)) if user else None
    return target, httpcore.Proxy(url=target.origin, auth=auth)


@contextlib.contextmanager
def _as_httpx() -> Iterator[None]:
    try:
        yield
    except tuple(_HTTPX_TWINS) as error:
        twin = next(_HTTPX_TWINS[kind] for kind in type(error).__mro__ if kind in _HTTPX_TWINS)
        raise twin(str(error)) from error


_HTTPX_TWINS: dict[type[Exception], type[httpx.TransportError]] = {
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.WriteTimeout: httpx.WriteTimeout,
    httpcore.PoolTimeout: httpx.PoolTimeout,
    httpcore.TimeoutException: httpx.ReadTimeout,
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.WriteError: httpx.WriteError,
    httpcore.NetworkError: httpx.ReadError,
    httpcore.ProxyError: httpx.ProxyError,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
    httpcore.ProtocolError: httpx.RemoteProtocolError,
}
