"""A site on loopback, fetchers that may reach it, and a certificate authority of our own."""

from __future__ import annotations

import contextlib
import shutil
import ssl
import subprocess
from ipaddress import ip_network

import pytest
from hostile_site import Site

from monitor.config import FetchSettings
from monitor.fetch import Fetcher

LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture
async def site():
    async with Site().run() as running:
        yield running


@pytest.fixture
async def make_fetcher():
    """Builds fetchers that reach loopback, do not wait between requests and do not retry."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(
            *, resolver=None, sleep=None, clock=None, endpoints=(), **changes
        ) -> Fetcher:
            settings = FetchSettings(
                **{
                    "allow_networks": LOOPBACK,
                    "per_host_delay": "0s",
                    "retries": 0,
                    "robots": False,
                    **changes,
                }
            )
            chosen = {"resolver": resolver, "sleep": sleep, "clock": clock}
            fetcher = Fetcher(
                settings,
                allow_endpoints=endpoints,
                **{name: value for name, value in chosen.items() if value is not None},
            )
            return await stack.enter_async_context(fetcher)

        yield make


@pytest.fixture
async def fetcher(make_fetcher):
    return await make_fetcher()


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """A CA file, and a server context whose certificate is good for localhost and 127.0.0.1."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl program to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-keyout", key, "-out", certificate, "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return str(certificate), context
