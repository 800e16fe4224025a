"""URLs that programs read in different ways, and those that all read alike."""

import pytest

from monitor.errors import FetchError
from monitor.fetch.urls import follow, parse_url

DISGUISED_HOSTS = [
    "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7F.1", "0177.0.0.1",
    "017700000001", "0300.0250.0.1", "0", "00", "0x", "0x0", "1.2.3.4.5", "256.1.1.1",
    "127.0.0.1.", "1.1.1.01", "4294967295", "99999999999", "127.0.0.0x1", "example.0x1",
    "１２７.０.０.１", "①②⑦.⓪.⓪.①", "127。0。0。1",
    "ｌｏｃａｌｈｏｓｔ", "exa%6dple.com", "127%2e0%2e0%2e1",
    "%00", "127.0.0.1%00.example.com", "-bad.com", "bad-.com", "a..b", ".example.com",
    "ex_ample..com", "ex!ample.com", "ex*mple.com", "[::1", "::1", "[::1]x", "[fe80::1%25eth0]",
    "[fe80::1%eth0]", "[127.0.0.1]", "[::g]", "[v1.fe]", "[]",
]  # fmt: skip

DISGUISED_URLS = [
    "http://user@127.0.0.1/", "http://example.com@127.0.0.1/", "http://127.0.0.1@example.com/",
    "http://a:b@example.com/", "http://@example.com/", "http://example.com\\@127.0.0.1/",
    "http://127.0.0.1\\@example.com/", "http:\\\\127.0.0.1\\", "http://example.com\\",
    "http://example.com@127.0.0.1#@x/", "http:/127.0.0.1/", "http:127.0.0.1", "http:///127.0.0.1/",
    "//127.0.0.1/", "127.0.0.1", "/etc/passwd", "", "http://", "http://?x", "http:// example.com/",
    "http://exa\tmple.com/", "http://example.com/\r\nHost: evil", "http://example.com/a b",
    "http://example.com/%00\x00", "\x01http://example.com/", " http://example.com/",
    "http://example.com\u3000/", "http://exam\u00a0ple.com/", "http://example.com:0/",
    "http://example.com:65536/", "http://example.com:８０/", "http://example.com:+80/",
    "http://example.com:8 0/", "http://example.com:80:80/", "http://example.com:http/",
    "file:///etc/passwd", "file://localhost/etc/passwd", "gopher://127.0.0.1/", "ftp://example.com/",
    "data:text/html,x", "javascript:alert(1)", "view-source:http://example.com/", "dict://a/",
    "ws://example.com/", "wss://example.com/", "ldap://example.com/", "jar:http://example.com!/",
    "unix:/run/docker.sock", "about:blank", "blob:http://example.com/x", "httpss://example.com/",
    "http+unix://%2Frun%2Fdocker.sock/", "http://" + "a" * 64 + ".com/",
    "http://example.com/" + "a" * 9000,
    "http://" + ".".join(["abcdefgh"] * 30) + ".com/", "http://exa\ud800mple.com/",
]  # fmt: skip


@pytest.mark.parametrize("host", DISGUISED_HOSTS)
def test_disguised_host(host):
    """A host that could stand for another one is refused, never repaired."""
    with pytest.raises(FetchError) as caught:
        parse_url(f"http://{host}/")
    assert (caught.value.kind, caught.value.transient) == ("blocked", False)


@pytest.mark.parametrize("url", DISGUISED_URLS)
def test_disguised_url(url):
    """A URL that is not plainly http or https with a plain host is refused with a reason."""
    with pytest.raises(FetchError, match="is refused: ") as caught:
        parse_url(url)
    assert caught.value.kind == "blocked"


@pytest.mark.parametrize(
    ("url", "canonical", "host", "port"),
    [
        ("http://example.com", "http://example.com/", "example.com", 80),
        ("HTTPS://EXAMPLE.com:443/A?b=C", "https://example.com/A?b=C", "example.com", 443),
        ("https://example.com:8443/x#part", "https://example.com:8443/x", "example.com", 8443),
        ("https://example.com?q=1", "https://example.com/?q=1", "example.com", 443),
        ("https://example.com#@127.0.0.1/", "https://example.com/", "example.com", 443),
        ("https://example.com/a@b:c", "https://example.com/a@b:c", "example.com", 443),
        ("https://example.com./", "https://example.com./", "example.com.", 443),
        ("https://bücher.example/ü?ü", "https://xn--bcher-kva.example/%C3%BC?%C3%BC",
         "xn--bcher-kva.example", 443),
        ("https://faß.example/", "https://xn--fa-hia.example/", "xn--fa-hia.example", 443),
        ("http://8.8.8.8/", "http://8.8.8.8/", "8.8.8.8", 80),
        ("http://[2606:4700:0:0::1111]/", "http://[2606:4700::1111]/", "2606:4700::1111", 80),
        ("http://a_b.example/%7Ex%zz", "http://a_b.example/%7Ex%zz", "a_b.example", 80),
    ],
)  # fmt: skip
def test_plain_url(url, canonical, host, port):
    """A plain URL is read into one canonical spelling, and reading that changes nothing."""
    target = parse_url(url)
    assert (target.url, target.host, target.port) == (canonical, host, port)
    assert parse_url(canonical) == target


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("/b", "https://example.com/b"),
        ("b?c", "https://example.com/a/b?c"),
        ("?page=2", "https://example.com/a/x?page=2"),
        ("//other.example/b", "https://other.example/b"),
        ("https://other.example/a b", "https://other.example/a%20b"),
        (" /b ", "https://example.com/b"),
        ("../b#part", "https://example.com/b"),
        ("http://example.com/b", "https://example.com/b"),
        ("http://example.com:80/b", "https://example.com/b"),
    ],
)
def test_redirect_target(location, leads_to):
    """A redirect is resolved as browsers do, and a step down to http stays with https."""
    assert follow(parse_url("https://example.com/a/x"), location).url == leads_to


@pytest.mark.parametrize(
    "location",
    ["///evil.example", "http:/evil.example", "http:evil", "javascript:alert(1)", "file:///etc/passwd",
     "/\\evil.example", "\\\\evil.example", "//user@evil.example/", "/a\tb", "/a\x00b",
     "http://example.com:8080/", "https://127.1/", "data:text/html,x"],
)  # fmt: skip
def test_redirect_to_something_else(location):
    """A redirect that is ambiguous, no web address or http on another port is refused."""
    with pytest.raises(FetchError) as caught:
        follow(parse_url("https://example.com/a"), location)
    assert caught.value.kind == "blocked"


def test_message_tells_no_secrets():
    """What people read about a URL leaves out its password and its query."""
    with pytest.raises(FetchError) as caught:
        parse_url("https://user:canary-1@example.com/x?token=canary-2")
    assert "canary" not in str(caught.value)
    assert parse_url("https://example.com/x?token=canary-2").shown == "https://example.com/x?…"
