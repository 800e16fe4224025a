"""The e-mail channel: one message in plain text and HTML, over SMTP."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import aiosmtplib
import structlog

from monitor.config import EmailChannel
from monitor.errors import ConfigError, FetchError, NotifyError
from monitor.fetch import Dial, dial
from notifiers.base import Delivery, Digest, Limits, Surroundings, secret_from_env, secret_from_file
from notifiers.digest import compose_digest
from notifiers.mail import digest_html, digest_text, html_body, text_body
from notifiers.message import compose
from notifiers.wording import one_line, safe_url

log = structlog.get_logger(__name__)

#: Steps of one SMTP dialogue, each with the channel's timeout, that make up the time for a send.
_STEPS = 4
_REMEMBERED = 1000
#: It stands on one line of a header, which has at most 998 characters (RFC 5322).
_LONGEST_WAY_OUT = 900
_ADDRESS = re.compile(
    r"(?:(?P<name>[^<>\r\n]*)<(?P<in>[^<>\s@]+@[^<>\s@]+)>|(?P<bare>[^<>\s@]+@[^<>\s@]+))"
)


def build(channel: EmailChannel, surroundings: Surroundings) -> EmailNotifier:
    """An e-mail channel. Raises ConfigError for a missing password or a bad address."""
    password: str | None = None
    if channel.password_env:
        password = secret_from_env(channel.password_env, "password_env", surroundings)
    elif channel.password_file:
        password = secret_from_file(channel.password_file, "password_file", surroundings)
    if bool(password) != bool(channel.username):
        missing = "username" if password else "password_env (or password_file)"
        raise ConfigError(f"{missing}: is missing; a login needs a user name and a password")
    server = Server(
        host=channel.smtp_host,
        port=channel.smtp_port,
        security=channel.security,
        username=channel.username,
        password=password,
        timeout=channel.timeout,
    )
    return EmailNotifier(
        server,
        parse_address(channel.sender, "from"),
        [parse_address(a, "to") for a in channel.to],
        unsubscribe=_way_out(channel.unsubscribe),
        dial=surroundings.dial,
    )


def _way_out(url: str) -> str:
    """Where readers leave a list. Raises ConfigError for what no mail program could open."""
    if url and not (safe_url(url) and url.isascii() and len(url) <= _LONGEST_WAY_OUT):
        raise ConfigError(
            'unsubscribe: is not a mailto: or http(s) address; write "mailto:name@example.com" or '
            '"https://..."'
        )
    return url


def parse_address(text: str, key: str) -> Address:
    """Read "name@example.com" or "Name <name@example.com>". Raises ConfigError."""
    found = _ADDRESS.fullmatch(text.strip())
    try:
        if found:
            spec = (found["in"] or found["bare"]).encode("ascii").decode()
            name = (found["name"] or "").strip().strip('"')
            return Address(display_name=header_text(name), addr_spec=spec)
    except (ValueError, MessageError, IndexError):
        pass
    raise ConfigError(
        f'{key}: "{one_line(text)}" is not an e-mail address; write "name@example.com" or '
        '"Name <name@example.com>", in ASCII (a domain in another script as "xn--...")'
    )


def header_text(text: str) -> str:
    """A stranger's words for a header: on one line, and no encoded word in them comes to life.

    Python's header classes decode ``=?utf-8?q?..?=`` on assignment, line breaks in it included.
    """
    return one_line(text).replace("=?", "= ?")


# --- the message ---------------------------------------------------------------------------------


def mail(delivery: Delivery, sender: Address, recipients: Sequence[Address]) -> EmailMessage:
    """The whole message. The same delivery always has the same Message-ID.

    Every message of a policy refers to one root that is never sent, which makes clients show them
    as one conversation.
    """
    message = compose(delivery.alert, delivery.at.date(), delivery.purpose)
    root = f"<policy-{_token(delivery.alert.policy)}@{sender.domain}>"
    result = _envelope(sender, recipients, message.subject, delivery.key, delivery.at)
    result["In-Reply-To"] = root
    result["References"] = root
    result["X-Policywatch-Severity"] = message.tone
    result.set_content(text_body(message), cte="quoted-printable")
    result.add_alternative(html_body(message), subtype="html", cte="quoted-printable")
    return result


def digest_mail(digest: Digest, sender: Address, recipients: Sequence[Address]) -> EmailMessage:
    """The whole message of a digest; it stands by itself, for it is about many policies."""
    message = compose_digest(digest.deliveries, digest.at.date())
    result = _envelope(sender, recipients, message.subject, digest.key, digest.at)
    result["X-Policywatch-Severity"] = message.entries[0].tone
    result.set_content(digest_text(message), cte="quoted-printable")
    result.add_alternative(digest_html(message), subtype="html", cte="quoted-printable")
    return result


def _envelope(
    sender: Address, recipients: Sequence[Address], subject: str, key: str, at: datetime
) -> EmailMessage:
    result = EmailMessage(policy=SMTP)
    result["From"] = sender
    result["To"] = list(recipients)
    result["Subject"] = header_text(subject)
    result["Date"] = format_datetime(at)
    result["Message-ID"] = f"<alert-{_token(key)}@{sender.domain}>"
    result["List-Id"] = f"policywatch alerts <policywatch.{sender.domain}>"
    result["Auto-Submitted"] = "auto-generated"
    result["X-Auto-Response-Suppress"] = "All"
    return result


def _token(text: str) -> str:
    """An opaque part for a message id: ids of policies and channels may hold any character."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


# --- sending -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Server:
    """Where and how to hand mail in."""

    host: str
    port: int
    security: str = "starttls"
    username: str | None = None
    password: str | None = None
    timeout: timedelta = timedelta(seconds=30)

    @property
    def name(self) -> str:
        """Host and port, for messages."""
        return f"{self.host}:{self.port}"


class EmailNotifier:
    """Sends alerts by SMTP.

    ``unsubscribe`` is where readers leave, for a channel that is a subscription; ``tls_context``
    replaces the system's trust (in tests), ``dial`` is the checked way to the server.
    """

    def __init__(
        self,
        server: Server,
        sender: Address,
        recipients: Sequence[Address],
        *,
        unsubscribe: str = "",
        tls_context: ssl.SSLContext | None = None,
        dial: Dial = dial,
    ) -> None:
        self.limits = Limits(concurrency=2, timeout=server.timeout * _STEPS)
        self._server = server
        self._sender = sender
        self._recipients = tuple(recipients)
        self._unsubscribe = unsubscribe
        self._tls_context = tls_context
        self._dial = dial
        # Who has a delivery already, where the server put off only some of its recipients.
        self._reached: dict[str, set[str]] = {}

    async def send(self, delivery: Delivery) -> str:
        """Send to those who have not had it. Raises NotifyError where anyone may still get it."""
        message = await asyncio.to_thread(mail, delivery, self._sender, self._recipients)
        return await self._hand_in(delivery.key, self._bytes(message))

    async def send_digest(self, digest: Digest) -> str:
        """The same for several alerts in one message."""
        message = await asyncio.to_thread(digest_mail, digest, self._sender, self._recipients)
        return await self._hand_in(digest.key, self._bytes(message))

    def _bytes(self, message: EmailMessage) -> bytes:
        """The message as it goes out: one that goes to a list says how to leave it (RFC 2369)."""
        # Python would break a long address up into encoded words, which nobody can open.
        way_out = f"List-Unsubscribe: <{self._unsubscribe}>\r\n" if self._unsubscribe else ""
        return way_out.encode("ascii") + message.as_bytes()

    async def _hand_in(self, key: str, content: bytes) -> str:
        reached = self._reached.get(key, set())
        todo = [a.addr_spec for a in self._recipients if a.addr_spec not in reached]
        async with self._session() as client:
            refused, receipt = await client.sendmail(self._sender.addr_spec, todo, content)
        put_off = [address for address, answer in refused.items() if answer.code < 500]
        if put_off:
            self._remember(key, reached.union(todo).difference(put_off))
            raise NotifyError(
                f"{self._server.name} put off {_listed(refused, put_off)}; the others have it",
                permanent=False,
            )
        self._reached.pop(key, None)
        if refused:
            said = f"{self._server.name} refused {_listed(refused, refused)}; the others have it"
            log.warning("mail_recipient_refused", delivery=key, error=one_line(said))
            return f"{receipt} ({said})"
        return receipt

    async def probe(self) -> str:
        """Connect, secure the connection and log in. Raises NotifyError."""
        async with self._session() as client:
            await client.noop()
        login = f", logged in as {self._server.username}" if self._server.username else ""
        return f"{self._server.name} answers ({self._server.security}){login}"

    def _remember(self, key: str, reached: set[str]) -> None:
        while len(self._reached) >= _REMEMBERED:
            del self._reached[next(iter(self._reached))]
        self._reached[key] = reached

    @contextlib.asynccontextmanager
    async def _session(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """A connected client; what the server does after accepting the message does not count."""
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            username=server.username,
            password=server.password,
            # The library would ask the resolver, which may take long.
            local_hostname=socket.gethostname() or "localhost",
            timeout=server.timeout.total_seconds(),
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=self._tls_context,
        )
        try:
            dialled = await asyncio.to_thread(
                self._dial, server.host, server.port, server.timeout.total_seconds()
            )
            dialled.setblocking(False)
            await client.connect(sock=dialled, port=None)
            yield client
        except FetchError as error:
            raise NotifyError(f"mail server {server.name}: {error}", permanent=False) from error
        except (TimeoutError, aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise _classed(error, server) from error
        else:
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.quit()
        finally:
            client.close()


def _classed(error: Exception, server: Server) -> NotifyError:
    """Say what happened and whether another attempt can help.

    What the administrator must mend (login, TLS, an unreachable server) counts as transient: the
    alert then arrives once it is mended, if that happens before the dispatcher gives up.
    """
    place = f"mail server {server.name}"
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            hint = f"check username and password ({server.username})"
            return NotifyError(
                f"{place} refused the login: {_said(error)}; {hint}", permanent=False
            )
        case aiosmtplib.SMTPRecipientsRefused():
            answers = {
                r.recipient: aiosmtplib.SMTPResponse(r.code, r.message) for r in error.recipients
            }
            final = all(answer.code >= 500 for answer in answers.values())
            return NotifyError(f"{place} refused {_listed(answers, answers)}", permanent=final)
        case aiosmtplib.SMTPConnectResponseError() | aiosmtplib.SMTPHeloError():
            return NotifyError(f"{place} does not accept us: {_said(error)}", permanent=False)
        case aiosmtplib.SMTPResponseException():
            final = error.code >= 500 and error.code not in _LOGIN_WANTED
            return NotifyError(f"{place} said {_said(error)}", permanent=final)
        case aiosmtplib.SMTPNotSupported() | ssl.SSLError():
            hint = f'check security = "{server.security}" and the port'
            return NotifyError(f"{place}: {error}; {hint}", permanent=False)
        case aiosmtplib.SMTPException() if type(error) is aiosmtplib.SMTPException:
            # What the library has no name for is about securing the connection or logging in.
            hint = f'check security = "{server.security}" and the login'
            return NotifyError(f"{place}: {error}; {hint}", permanent=False)
        case ValueError():
            return NotifyError(f"{place}: {error}", permanent=True)
        case _:
            said = str(error) or type(error).__name__
            return NotifyError(f"{place} cannot be reached: {said}", permanent=False)


#: "Authentication required", "must issue STARTTLS first", "encryption required".
_LOGIN_WANTED = frozenset({530, 534, 538})


def _said(error: aiosmtplib.SMTPResponseException) -> str:
    return f"{error.code} {one_line(str(error.message))}"


def _listed(answers: dict[str, aiosmtplib.SMTPResponse], addresses: Iterable[str]) -> str:
    return ", ".join(f"{a} ({answers[a].code} {one_line(answers[a].message)})" for a in addresses)
