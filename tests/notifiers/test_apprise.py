import json
from dataclasses import replace
from pathlib import Path

import pytest
from alert_samples import NOW, change_alert, hostile_alert
from loopback_http import LoopbackServer, Reply

from monitor.config import AppriseChannel, FetchSettings
from monitor.errors import ConfigError, NotifyError
from monitor.fetch import Fetcher
from notifiers.apprise import bodies_of, build
from notifiers.base import Delivery, Notifier, Surroundings
from notifiers.message import compose

pytest.importorskip("apprise", reason="the extra is not installed")


def channel(address: str, fetcher: Fetcher, **environ: str) -> Notifier:
    settings = AppriseChannel(id="a", kind="apprise", url_env="CHAT")
    environ = {"CHAT": address, **environ}
    return build(settings, Surroundings(Path(), fetcher.post, environ, relay=fetcher.relay))


def address(server: LoopbackServer, scheme: str = "json") -> str:
    return server.url.replace("http", scheme, 1) + "/room"


async def test_an_alert_reaches_a_service_through_the_checked_way_out(fetcher: Fetcher) -> None:
    """Subject, words and urgency arrive; the service sees no credentials of the proxy."""
    with LoopbackServer(lambda _: Reply()) as server:
        notifier = channel(address(server), fetcher)
        receipt = await notifier.send(Delivery("k", change_alert(), NOW))
        assert await notifier.probe() == "JSON: the address is understood; try it with notify test"
    (request,) = server.requests
    message = compose(change_alert(), NOW.date(), "")
    assert receipt == "sent by JSON"
    assert request.json["title"] == message.subject
    assert message.items[0].headline in " ".join(request.json["message"].split())
    assert request.json["type"] == "failure"
    assert not {name for name in request.headers if name.startswith("proxy")}


async def test_a_service_inside_the_network_is_refused_unless_it_is_allowed() -> None:
    """apprise connects by itself, but only through our proxy."""
    with LoopbackServer(lambda _: Reply()) as server:
        closed = channel(address(server), Fetcher(FetchSettings()))
        with pytest.raises(NotifyError, match=r"127\.0\.0\.1 is .*allow_networks") as caught:
            await closed.send(Delivery("k", change_alert(), NOW))
    assert not caught.value.permanent
    assert server.requests == []


@pytest.mark.parametrize(
    ("status", "permanent", "wait"),
    [(400, True, None), (401, False, None), (429, False, 30.0), (503, False, None)],
)
async def test_what_a_service_answers_decides_on_another_attempt(
    fetcher: Fetcher, status: int, permanent: bool, wait: float | None
) -> None:
    """A refused message is not sent again; a busy or misconfigured service is asked again."""
    with (
        LoopbackServer(lambda _: Reply(status, "no")) as server,
        pytest.raises(NotifyError) as caught,
    ):
        await channel(address(server), fetcher).send(Delivery("k", change_alert(), NOW))
    assert (caught.value.permanent, caught.value.retry_after) == (permanent, wait)
    assert str(status) in str(caught.value)
    assert "/room" not in str(caught.value)


async def test_a_message_is_cut_at_findings_to_what_the_service_takes(fetcher: Fetcher) -> None:
    """A service that holds 7,800 characters gets fewer findings, counted, and the links."""
    alert = change_alert()
    finding = replace(alert.findings[0], summary="We keep your diary for longer. " * 20)
    long = replace(alert, findings=(finding,) * 30)
    full, *shorter = bodies_of(compose(long, NOW.date(), ""))
    assert len(full) > 8000
    assert [len(body) for body in shorter] == sorted((len(b) for b in shorter), reverse=True)
    with LoopbackServer(lambda _: Reply(body="{}")) as server:
        await channel(address(server, "ntfy"), fetcher).send(Delivery("k", long, NOW))
    said = server.requests[0].json["message"]
    assert said.strip() in {body.strip() for body in shorter}
    assert "more." in said
    assert compose(long, NOW.date(), "").links[0].url in said


async def test_words_of_a_page_can_neither_mention_nor_link(fetcher: Fetcher) -> None:
    """@everyone and addresses are broken up, wherever a stranger wrote them."""
    with LoopbackServer(lambda _: Reply()) as server:
        await channel(address(server), fetcher).send(
            Delivery(
                "k", hostile_alert("@everyone @here see https://evil.example javascript://x"), NOW
            )
        )
    (request,) = server.requests
    said = json.dumps([request.json["title"], request.json["message"]], ensure_ascii=False)
    for word in ("@everyone", "@here", "@channel", "javascript://", "https://evil"):
        assert word not in said


async def test_secrets_of_the_daemon_do_not_reach_the_process(
    fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is given where programs and authorities are found, and its own address."""
    from notifiers.apprise import _surroundings

    monkeypatch.setenv("SMTP_PASSWORD", "canary")
    given = _surroundings({"PATH": "/bin", "SMTP_PASSWORD": "canary"}, "http://proxy")
    assert "canary" not in json.dumps(given)
    assert given["https_proxy"] == given["HTTPS_PROXY"] == "http://proxy"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", "CHAT is not set"),
        ("discord", "not one address of apprise's"),
        ("json://a json://b", "not one address of apprise's"),
    ],
)
async def test_an_address_that_is_none_is_named_without_showing_it(
    fetcher: Fetcher, written: str, words: str
) -> None:
    """The address is a secret: the fault says which variable holds it."""
    with pytest.raises(ConfigError, match=words):
        channel(written, fetcher)


async def test_an_address_that_apprise_does_not_know_fails_the_probe(fetcher: Fetcher) -> None:
    """`doctor` says so before an alert is lost to it."""
    with pytest.raises(NotifyError, match="does not understand the address"):
        await channel("carrierpigeon://loft", fetcher).probe()
