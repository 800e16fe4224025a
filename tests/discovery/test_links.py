"""Which links lead to policies."""

from __future__ import annotations

import pytest

from monitor.discovery import kind_of_link, links_of_sitemap, links_to_policies, same_site

HOME = "https://www.harbourloom.example/"


@pytest.mark.parametrize(
    ("words", "url", "kind"),
    [
        ("Privacy", f"{HOME}legal/privacy", "privacy"),
        ("PRIVACY & COOKIES POLICY", f"{HOME}x", "privacy"),
        ("Datenschutzerklärung", f"{HOME}de/ds", "privacy"),
        ("Informativa sulla privacy", f"{HOME}it/info", "privacy"),
        ("Politique de confidentialité", f"{HOME}x", "privacy"),
        ("Política de privacidad", f"{HOME}x", "privacy"),
        ("Terms & Conditions", f"{HOME}x", "terms"),
        ("AGB", f"{HOME}x", "terms"),
        ("Data Processing Addendum (PDF)", f"{HOME}dpa-2026.pdf", "dpa"),
        ("Sub-processors", f"{HOME}x", "subprocessors"),
        ("Cookie Notice", f"{HOME}x", "cookies"),
        ("Read more", f"{HOME}en-gb/legal/terms-of-use.html", "terms"),
        ("Legal", f"{HOME}x", "hub"),
    ],
)
def test_a_link_is_known_by_its_name_or_its_address(words: str, url: str, kind: str) -> None:
    named = kind_of_link(words, url)
    assert named is not None
    assert named.kind == kind


@pytest.mark.parametrize(
    ("words", "url"),
    [
        ("Your privacy choices", f"{HOME}choices"),
        ("Cookie settings", f"{HOME}#"),
        ("How we wrote our privacy policy, and what we learned on the way", f"{HOME}blog/how"),
        ("", f"{HOME}blog/privacy"),
        ("", f"{HOME}help/terms"),
        ("Pricing", f"{HOME}pricing"),
    ],
)
def test_other_links_are_none_of_ours(words: str, url: str) -> None:
    assert kind_of_link(words, url) is None


def test_links_of_a_page_are_clean_absolute_and_named_once() -> None:
    page = (
        b'<footer><a href="/privacy?utm_source=x#top">More</a><a href="/privacy">Privacy policy</a>'
        b'<a href="javascript:alert(1)">Terms of service</a><a href="mailto:a@b.example">Legal</a>'
        b'<a aria-label="Terms of use" href="/t"><img></a></footer>'
    )
    links = links_to_policies(page, "", HOME)
    assert [(link.url, link.words, link.kind, link.place) for link in links] == [
        (f"{HOME}privacy", "Privacy policy", "privacy", "the footer"),
        (f"{HOME}t", "Terms of use", "terms", "the footer"),
    ]


def test_the_policy_of_a_tool_that_a_site_uses_is_not_the_sites() -> None:
    page = (
        b'<a href="https://chat.example/privacy">how our chat handles it</a>'
        b'<a href="https://papers.harbourloom.example/p">Privacy policy</a>'
        b'<a href="https://hosted-papers.example/loom">Terms of service</a>'
    )
    assert [link.url for link in links_to_policies(page, "", HOME)] == [
        "https://papers.harbourloom.example/p",
        "https://hosted-papers.example/loom",
    ]
    assert same_site("https://a.loom.co.uk/", "https://loom.co.uk/x")
    assert not same_site("https://loom.co.uk/", "https://other.co.uk/")


def test_a_sitemap_gives_policies_and_inner_sitemaps() -> None:
    index = (
        b'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>'
        b"https://a.example/pages.xml</loc></sitemap></sitemapindex>"
    )
    assert links_of_sitemap(index) == ((), ("https://a.example/pages.xml",))
    urls = (
        b"<urlset><url><loc>https://a.example/shop</loc></url>"
        b"<url><loc> https://a.example/tos </loc></url></urlset>"
    )
    links, inner = links_of_sitemap(urls)
    assert [(link.url, link.kind) for link in links] == [("https://a.example/tos", "terms")]
    assert inner == ()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><body>Not found",
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><loc>&a;</loc></urlset>',
        b"\x00\xff" * 50,
    ],
)
def test_what_is_no_sitemap_gives_nothing(content: bytes) -> None:
    assert links_of_sitemap(content) == ((), ())
