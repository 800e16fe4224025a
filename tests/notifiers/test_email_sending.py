import ssl
from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.policy import default

import pytest
from alert_samples import HOSTILE, NOW, change_alert, health_alert, hostile_alert
from mail_servers import BrokenMailServer, MailServer, certificate

from monitor.errors import NotifyError
from notifiers.base import Delivery
from notifiers.email import EmailNotifier, Server, mail

SENDER = Address("Policy watch", addr_spec="watch@example.org")
ANNA, BEN, CARA = (Address(addr_spec=f"{name}@example.org") for name in ("anna", "ben", "cara"))
DELIVERY = Delivery("a1b2c3.mail", change_alert(), NOW)
ALLOWED_HEADERS = {
    "from", "to", "subject", "date", "message-id", "in-reply-to", "references", "list-id",
    "auto-submitted", "x-auto-response-suppress", "x-policywatch-severity", "mime-version",
    "content-type",
}  # fmt: skip


@pytest.fixture(scope="session")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    return certificate(tmp_path_factory.mktemp("certificate"))


def notifier(
    port: int, *to: Address, context: ssl.SSLContext | None = None, **server: object
) -> EmailNotifier:
    settings = {"security": "none", "timeout": timedelta(seconds=5), **server}
    place = Server("127.0.0.1", port, **settings)  # type: ignore[arg-type]
    return EmailNotifier(place, SENDER, to or (ANNA,), tls_context=context)


async def failure(sender: EmailNotifier, delivery: Delivery = DELIVERY) -> NotifyError:
    with pytest.raises(NotifyError) as caught:
        await sender.send(delivery)
    return caught.value


# --- the message ---------------------------------------------------------------------------------


async def test_an_alert_arrives_as_text_and_html() -> None:
    """Both parts are UTF-8 and say what changed."""
    async with MailServer() as server:
        assert "taken" in await notifier(server.port, ANNA, BEN).send(DELIVERY)
    assert server.envelopes[0].rcpt_tos == ["anna@example.org", "ben@example.org"]
    message = server.mails[0]
    assert message["Subject"] == "[high] Lumora: notice of changes 30 -> 14 days (+2 more)"
    assert message["From"] == "Policy watch <watch@example.org>"
    assert message.get_content_type() == "multipart/alternative"
    text, html = (part.get_content() for part in message.iter_parts())
    assert "30 days → 14 days" in text
    assert "30 days → 14 days" in html
    assert server.envelopes[0].content.isascii()  # type: ignore[union-attr]


def test_messages_of_one_policy_form_one_conversation() -> None:
    """Different alerts have different ids and refer to the same root, another policy to another."""
    first = mail(Delivery("1.mail", change_alert(), NOW), SENDER, [ANNA])
    second = mail(Delivery("2.mail", health_alert(), NOW), SENDER, [ANNA])
    other = mail(Delivery("3.mail", change_alert(policy="else"), NOW), SENDER, [ANNA])
    assert first["References"] == second["References"] == first["In-Reply-To"]
    assert first["Message-ID"] != second["Message-ID"]
    assert other["References"] != first["References"]


def test_every_attempt_has_the_same_message_id() -> None:
    """A mail program shows a repetition once."""
    again = Delivery(DELIVERY.key, DELIVERY.alert, NOW + timedelta(hours=1))
    first, second = (mail(delivery, SENDER, [ANNA]) for delivery in (DELIVERY, again))
    assert first["Message-ID"] == second["Message-ID"]


@pytest.mark.parametrize("words", HOSTILE)
async def test_no_words_of_a_page_make_a_header(words: str) -> None:
    """Line breaks, encoded words and surrogates in titles neither add headers nor stop the mail."""
    alert = hostile_alert(words)
    async with MailServer() as server:
        await notifier(server.port).send(Delivery(words, alert, NOW))
    raw = server.envelopes[0].content
    assert isinstance(raw, bytes)
    head = raw.split(b"\r\n\r\n")[0]
    assert {name.lower() for name in message_from_bytes(raw)} <= ALLOWED_HEADERS
    assert not [line for line in head.lower().split(b"\r\n") if line.startswith(b"bcc")]
    assert server.envelopes[0].rcpt_tos == ["anna@example.org"]
    assert all(len(line) < 998 for line in raw.split(b"\r\n"))


def test_an_encoded_word_in_a_title_stays_dead_in_the_mail_program_too() -> None:
    """A reader that decodes the subject finds no line break in it."""
    alert = change_alert(service="=?utf-8?q?a=0d=0aBcc:x@y.example?=", findings=())
    raw = mail(Delivery("k", alert, NOW), SENDER, [ANNA]).as_bytes()
    subject = message_from_bytes(raw)["Subject"]
    decoded = str(make_header(decode_header(subject)))
    assert "\nBcc" not in decoded
    assert "= ?utf-8?q?" in decoded


def test_a_long_subject_in_another_script_survives() -> None:
    """Folding and encoding give back the same words."""
    service = "Общество с ограниченной ответственностью «Люмора» — 日本語の会社名"
    alert = change_alert(service=service)
    message = message_from_bytes(
        mail(Delivery("k", alert, NOW), SENDER, [ANNA]).as_bytes(), policy=default
    )
    assert str(message["Subject"]).startswith(f"[high] {service}: notice of changes 30 -> 14 days")


# --- connections ---------------------------------------------------------------------------------


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_secured_connection_with_login(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext], security: str
) -> None:
    """Both ways of securing a connection work, with a user name and a password."""
    kind = {security: contexts[0]}
    async with MailServer(login=("watch", "s3cret"), **kind) as server:  # type: ignore[arg-type]
        sender = notifier(
            server.port, context=contexts[1], security=security, username="watch", password="s3cret"
        )
        await sender.send(DELIVERY)
        assert "logged in as watch" in await sender.probe()
    assert len(server.mails) == 1


async def test_an_unknown_certificate_is_refused(contexts: tuple[ssl.SSLContext, ...]) -> None:
    """Nobody in between gets the alert; once mended, it goes."""
    async with MailServer(tls=contexts[0]) as server:
        error = await failure(notifier(server.port, security="tls"))
    assert not error.permanent
    assert server.envelopes == []


async def test_a_server_without_starttls_gets_nothing() -> None:
    """A required encryption is never given up silently."""
    async with MailServer() as server:
        error = await failure(notifier(server.port, security="starttls"))
    assert not error.permanent
    assert 'check security = "starttls"' in str(error)
    assert server.envelopes == []


async def test_a_wrong_password_waits_for_the_right_one() -> None:
    """5xx for a login says nothing about the message: it must not be lost to a changed password."""
    async with MailServer(login=("watch", "s3cret")) as server:
        error = await failure(notifier(server.port, username="watch", password="old"))
    assert not error.permanent
    assert "check username and password" in str(error)
    assert "old" not in str(error).split("check")[0]


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [("451 try later", False), ("452 no space", False), ("421 closing", False),
     ("552 too large", True), ("554 spam", True)],
)  # fmt: skip
async def test_4xx_may_pass_and_5xx_is_final(answer: str, permanent: bool) -> None:
    """The server's own classes decide about the message."""
    async with MailServer(on_data=lambda: answer) as server:
        error = await failure(notifier(server.port))
    assert error.permanent is permanent
    assert answer.split()[0] in str(error)


async def test_when_all_recipients_are_refused_for_good_the_delivery_ends() -> None:
    """An address that does not exist is named."""
    async with MailServer(verdicts={"anna@example.org": "550 no such user"}) as server:
        error = await failure(notifier(server.port))
    assert error.permanent
    assert "anna@example.org (550" in str(error)


async def test_when_any_recipient_may_come_later_the_delivery_waits() -> None:
    """Greylisting of one is reason enough to come back."""
    verdicts = {"anna@example.org": "550 no such user", "ben@example.org": "450 greylisted"}
    async with MailServer(verdicts=verdicts) as server:
        assert not (await failure(notifier(server.port, ANNA, BEN))).permanent


async def test_one_refused_recipient_does_not_keep_it_from_the_others() -> None:
    """The receipt tells who did not get it."""
    async with MailServer(verdicts={"ben@example.org": "550 gone"}) as server:
        receipt = await notifier(server.port, ANNA, BEN).send(DELIVERY)
    assert server.envelopes[0].rcpt_tos == ["anna@example.org"]
    assert "ben@example.org (550" in receipt


async def test_after_a_partial_delay_only_those_who_wait_get_another_copy() -> None:
    """Nobody reads an alert twice because a colleague's mailbox was busy."""
    async with MailServer(verdicts={"ben@example.org": "450 busy"}) as server:
        sender = notifier(server.port, ANNA, BEN, CARA)
        error = await failure(sender)
        assert not error.permanent
        assert "ben@example.org (450" in str(error)
        server.verdicts.clear()
        await sender.send(DELIVERY)
    reached = [envelope.rcpt_tos for envelope in server.envelopes]
    assert reached == [["anna@example.org", "cara@example.org"], ["ben@example.org"]]


async def test_a_list_says_how_to_leave_it_and_nothing_else_does() -> None:
    """An address of any length stands there as one word, which mail programs can open."""
    way_out = "https://lists.example.org/leave?" + "policies=" * 20
    async with MailServer() as server:
        place = Server("127.0.0.1", server.port, security="none")
        await EmailNotifier(place, SENDER, (ANNA,), unsubscribe=way_out).send(DELIVERY)
        await notifier(server.port).send(DELIVERY)
    listed, plain = server.envelopes
    assert f"List-Unsubscribe: <{way_out}>\r\n".encode() in bytes(listed.content or b"")
    assert b"List-Unsubscribe" not in bytes(plain.content or b"")


# --- broken servers ------------------------------------------------------------------------------

TO_DATA = ("220 hi", "250 hello", "250 sender", "250 recipient", "354 go")


@pytest.mark.parametrize(
    "lines",
    [(), ("220 hi",), ("220 hi", "250 hello"), TO_DATA, ("554 go away",), ("HTTP/1.1 400",)],
    ids=["silent", "greets", "helo", "data", "refuses", "not smtp"],
)
async def test_a_server_that_hangs_up_is_tried_again(lines: tuple[str, ...]) -> None:
    """A connection lost at any step is transient."""
    async with BrokenMailServer(*lines) as port:
        assert not (await failure(notifier(port))).permanent


@pytest.mark.parametrize("lines", [("220 hi",), TO_DATA], ids=["greets", "data"])
async def test_a_server_that_only_listens_any_more_is_left_at_once(lines: tuple[str, ...]) -> None:
    """A half-closed connection can bring no answer: nothing is waited for."""
    async with BrokenMailServer(*lines, half=True) as port:
        error = await failure(notifier(port, timeout=timedelta(seconds=60)))
    assert not error.permanent
    assert "cannot be reached" in str(error)


@pytest.mark.parametrize("lines", [(), ("220 hi",), TO_DATA], ids=["silent", "greets", "data"])
async def test_a_server_that_falls_silent_is_left(lines: tuple[str, ...]) -> None:
    """Each step has a time limit."""
    async with BrokenMailServer(*lines, hang=True) as port:
        error = await failure(notifier(port, timeout=timedelta(seconds=0.2)))
    assert not error.permanent


async def test_a_server_that_hangs_up_after_accepting_has_accepted() -> None:
    """What follows the final 250 does not make the alert go out twice."""
    async with BrokenMailServer(*TO_DATA, take_message="250 accepted") as port:
        assert "accepted" in await notifier(port).send(DELIVERY)


async def test_nobody_listens() -> None:
    """The message names host and port."""
    async with BrokenMailServer() as port:
        pass
    error = await failure(notifier(port))
    assert not error.permanent
    assert f"127.0.0.1:{port}" in str(error)
