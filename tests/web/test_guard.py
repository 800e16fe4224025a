"""What holds for every answer: whose name is served, and what may run."""

from __future__ import annotations

import httpx
import pytest

from monitor.config_web import WebSettings
from monitor.errors import ConfigError
from web.place import check_place, is_ours


async def test_every_answer_forbids_foreign_scripts_and_frames(client: httpx.AsyncClient) -> None:
    """Pages, refusals and files alike."""
    for path in ("/", "/nothing", "/static/pages.css", "/healthz"):
        headers = (await client.get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


async def test_a_foreign_name_is_not_served(client: httpx.AsyncClient) -> None:
    """A stranger's page whose name points here reads nothing."""
    answer = await client.get("/", headers={"host": "rebound.example"})
    assert answer.status_code == 421
    assert "Harbour Loom" not in answer.text


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1:8377", True),
        ("localhost", True),
        ("[::1]:8377", True),
        ("watch.example", True),
        ("watch.example.evil.example", False),
        ("", False),
        ("[::1", False),
        ("127.0.0.1@evil.example", False),
    ],
)
def test_names_that_are_ours(host: str, ours: bool) -> None:
    """Loopback, and the public name."""
    settings = WebSettings(public_url="https://watch.example/")
    assert is_ours(host, settings) is ours


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "watch.example"])
def test_pages_are_not_shown_to_a_network_without_signing_in(host: str) -> None:
    """It is refused at the start, with the remedy."""
    with pytest.raises(ConfigError, match=r"\[web\] host"):
        check_place(WebSettings(host=host))
