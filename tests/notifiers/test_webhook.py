import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alert_samples import HOSTILE, NOW, change_alert, hostile_alert
from loopback_http import LoopbackServer, Reply, Request

from monitor.config import WebhookChannel
from monitor.errors import NotifyError
from monitor.fetch import Fetcher
from monitor.model import to_json
from notifiers.base import Delivery, Notifier, Surroundings
from notifiers.http import retry_after
from notifiers.webhook import body_of, build

KEY = b"twenty-four random bytes"
SECRET = "whsec_" + base64.b64encode(KEY).decode()


def channel(url: str, fetcher: Fetcher, secret: str | None = SECRET) -> Notifier:
    settings = WebhookChannel(
        id="w", kind="webhook", url=url + "/hook", secret_env="SECRET" if secret else None
    )
    environ = {"SECRET": secret or ""}
    return build(settings, Surroundings(None, fetcher.post, environ))  # type: ignore[arg-type]


def verified(request: Request, key: bytes = KEY) -> bool:
    """As a receiver checks it, from the text of the Standard Webhooks specification."""
    head = request.headers
    signed = f"{head['webhook-id']}.{head['webhook-timestamp']}.".encode() + request.body
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{digest}" in head["webhook-signature"].split(" ")


async def test_a_receiver_can_check_who_sent_an_alert(fetcher: Fetcher) -> None:
    """Id, time stamp and body are signed, and the body is the alert as JSON."""
    with LoopbackServer(lambda r: Reply(200 if verified(r) else 401)) as server:
        await channel(server.url, fetcher).send(Delivery("a.w", change_alert(), NOW))
    request = server.requests[0]
    assert request.json == to_json(change_alert())
    assert request.headers["webhook-timestamp"] == str(int(NOW.timestamp()))


async def test_every_attempt_has_the_same_id_and_its_own_time(fetcher: Fetcher) -> None:
    """A receiver drops repetitions by their id, and replays by their age."""
    later = datetime(2027, 3, 2, tzinfo=UTC)
    with LoopbackServer(lambda r: Reply(204 if verified(r) else 401, "")) as server:
        for at in (NOW, later):
            await channel(server.url, fetcher).send(Delivery("a.w", change_alert(), at))
    first, second = (r.headers for r in server.requests)
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-timestamp"] != second["webhook-timestamp"]
    assert first["webhook-signature"] != second["webhook-signature"]


async def test_while_a_secret_is_replaced_both_are_good(fetcher: Fetcher) -> None:
    """A receiver changes to the new one when it likes; a stranger's is still refused."""
    newer = b"another four-and-twenty bytes"
    both = f"whsec_{base64.b64encode(newer).decode()}\n{SECRET}"
    with LoopbackServer(lambda _: Reply()) as server:
        await channel(server.url, fetcher, both).send(Delivery("a.w", change_alert(), NOW))
    request = server.requests[0]
    assert [verified(request, key) for key in (KEY, newer, b"x" * 24)] == [True, True, False]


async def test_without_a_secret_nothing_is_signed(fetcher: Fetcher) -> None:
    """A signature with an empty key would only pretend."""
    with LoopbackServer(lambda _: Reply()) as server:
        await channel(server.url, fetcher, None).send(Delivery("a.w", change_alert(), NOW))
    assert "webhook-signature" not in server.requests[0].headers


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(400, True), (422, True), (413, True), (401, False), (404, False), (410, False), (301, False),
     (408, False), (429, False), (500, False)],
)  # fmt: skip
async def test_only_a_refused_body_ends_a_delivery(
    fetcher: Fetcher, status: int, permanent: bool
) -> None:
    """What a person can mend at the receiver leaves the alert waiting."""
    with (
        LoopbackServer(lambda _: Reply(status, "no")) as server,
        pytest.raises(NotifyError) as caught,
    ):
        await channel(server.url, fetcher).send(Delivery("a.w", change_alert(), NOW))
    assert caught.value.permanent is permanent


@pytest.mark.parametrize("words", HOSTILE)
async def test_any_words_make_valid_json_and_valid_headers(fetcher: Fetcher, words: str) -> None:
    """Ids that hold line breaks do not reach the headers; surrogates do not reach the body."""
    with LoopbackServer(lambda r: Reply(200 if verified(r) else 401)) as server:
        await channel(server.url, fetcher).send(Delivery(words, hostile_alert(words), NOW))
    assert server.requests[0].headers["webhook-id"].isascii()
    assert json.loads(body_of(hostile_alert(words)).decode("utf-8"))["verdict"] == "material"
    assert "\ud800" not in server.requests[0].json["summary"]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("12", 12.0), (" 1.5 ", 1.5), ("", None), ("soon", None), ("-4", None),
     ("Mon, 01 Mar 2027 09:31:00 GMT", 60.0), ("Mon, 01 Mar 2027 09:00:00 GMT", 0.0)],
)  # fmt: skip
def test_retry_after_is_a_number_or_a_date(value: str, seconds: float | None) -> None:
    """Anything else counts as not given."""
    assert retry_after({"retry-after": value}, NOW) == seconds


async def test_the_receiver_in_the_documentation_works(fetcher: Fetcher) -> None:
    """What the page tells receivers to paste accepts our requests and refuses changed ones."""
    page = Path(__file__).parents[2] / "docs" / "alerts.md"
    code = page.read_text("utf-8").split("```python\n")[1].split("```")[0]
    names: dict[str, Any] = {}
    exec(code, names)
    accepts = names["is_from_policywatch"]
    with LoopbackServer(lambda _: Reply()) as server:
        await channel(server.url, fetcher).send(Delivery("a.w", change_alert(), NOW))
    request, now = server.requests[0], NOW.timestamp()
    assert accepts(request.headers, request.body, SECRET, now)
    assert not accepts(request.headers, request.body + b" ", SECRET, now)
    assert not accepts(request.headers, request.body, "whsec_" + "A" * 32, now)
    assert not accepts(request.headers, request.body, SECRET, now + 301)
