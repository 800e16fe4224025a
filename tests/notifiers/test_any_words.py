"""Whatever a page manages to say, every channel stays in its form."""

import io
import json
import re
from email import message_from_bytes

import lxml.html
from alert_samples import NOW, hostile_alert
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.console import Console
from slack_rules import problems
from test_email_sending import ALLOWED_HEADERS, ANNA, SENDER

from notifiers.base import Delivery
from notifiers.blocks import payload
from notifiers.console import render
from notifiers.email import mail
from notifiers.mail import html_body
from notifiers.message import compose
from notifiers.webhook import body_of

#: Every code point, lone surrogates included, and the pieces that mean something somewhere.
WORDS = st.lists(
    st.one_of(
        st.text(st.characters(codec=None, categories=None), max_size=20),
        st.sampled_from(
            ["=?", "?=", "\r\n", "\n.\n", "<", ">", "&", "|", "@", "://", "](", "[", "**", "~",
             "`", "\x1b[", "\x9b", "[/]", "{{", "%}", "-->", "]]>", "\ud800", "\u202e",
             "<!channel>"]
        ),
    ),
    max_size=12,
).map("".join)  # fmt: skip


@settings(max_examples=60, deadline=None)
@example("=?utf-8?b?DQpCY2M6IHhAeS5leGFtcGxl?=")
@example("\u0085Bcc: x@y.example\u2028Bcc: x@y.example\x0bBcc: x@y.example")
@given(WORDS)
def test_any_words_leave_every_format_whole(words: str) -> None:
    """Headers, elements, blocks, control sequences and JSON are ours alone."""
    alert = hostile_alert(words)
    message = compose(alert, NOW.date())

    raw = mail(Delivery(words, alert, NOW), SENDER, [ANNA]).as_bytes()
    assert {name.lower() for name in message_from_bytes(raw)} <= ALLOWED_HEADERS
    assert message_from_bytes(raw).get_all("to") == ["anna@example.org"]

    document = lxml.html.document_fromstring(html_body(message))
    assert not document.xpath("//img | //script | //iframe | //form | //*[@onerror or @onclick]")
    assert all(link.get("href").startswith("https://") for link in document.iter("a"))

    assert problems(payload(message)) == []
    assert "<!" not in json.dumps(payload(message), ensure_ascii=False)

    out = io.StringIO()
    console = Console(file=out, width=100, color_system=None, emoji=False, highlight=False)
    console.print(render(message, console))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202e]", out.getvalue())

    assert json.loads(body_of(alert).decode("utf-8"))["policy"] is not None
