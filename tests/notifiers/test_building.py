from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from monitor.config import Channel
from monitor.errors import ConfigError
from notifiers.base import CHANNELS, Answer, Notifier, build_notifiers

MAIL = {
    "id": "mail",
    "kind": "email",
    "smtp_host": "h",
    "from": "a@b.example",
    "to": ["c@d.example"],
}


async def nowhere(url: str, *, content: bytes, headers: Mapping[str, str]) -> Answer:
    """No test of this file sends anything."""
    raise AssertionError(url)


def built(
    *tables: Mapping[str, Any], environ: Mapping[str, str] | None = None, base: Path = Path()
) -> dict[str, Notifier]:
    channels = [TypeAdapter(Channel).validate_python(table) for table in tables]
    return build_notifiers(channels, base_dir=base, post=nowhere, environ=environ or {})


def test_every_kind_of_the_configuration_has_its_line_of_registration() -> None:
    """A channel that the schema knows can be built."""
    union = get_args(Channel)[0]
    kinds = {get_args(model.model_fields["kind"].annotation)[0] for model in get_args(union)}
    assert kinds == set(CHANNELS)


def test_each_kind_is_built_from_its_table() -> None:
    """Channels come out by their ids."""
    tables = (
        {"id": "c", "kind": "console"},
        MAIL,
        {"id": "s", "kind": "slack", "url": "https://hooks.example/x"},
        {"id": "w", "kind": "webhook", "url": "https://hooks.example/y"},
    )
    assert list(built(*tables)) == ["c", "mail", "s", "w"]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"id": "s", "kind": "slack", "url_env": "SLACK_URL"}, "SLACK_URL is not set"),
        ({"id": "s", "kind": "slack", "token_env": "TOK", "channel": "#c"}, "TOK is not set"),
        ({"id": "w", "kind": "webhook", "url_env": "HOOK"}, "HOOK is not set"),
        ({**MAIL, "username": "u", "password_env": "PW"}, "PW is not set"),
        ({**MAIL, "username": "u", "password_file": "pw.txt"}, "pw.txt cannot be read"),
        ({**MAIL, "username": "u"}, "password_env (or password_file): is missing"),
        ({**MAIL, "from": "nobody"}, 'from: "nobody" is not an e-mail address'),
        ({**MAIL, "from": "x@y.example\r\nBcc: z@y.example"}, "is not an e-mail address"),
        ({**MAIL, "to": ["a@b.example, c@d.example"]}, "is not an e-mail address"),
        ({**MAIL, "to": ["büro@b.example"]}, 'in ASCII (a domain in another script as "xn--...")'),
        ({**MAIL, "unsubscribe": "javascript:x"}, "unsubscribe: is not a mailto: or http(s)"),
        ({"id": "w", "kind": "webhook", "url": "ftp://x.example"}, "is not an http(s) address"),
        ({"id": "s", "kind": "slack", "url_env": "BAD"}, "url_env: is not an http(s) address"),
        ({"id": "w", "kind": "webhook", "url": "https://x.example", "secret_env": "BAD"}, "whsec_"),
    ],
)
def test_what_is_missing_or_wrong_is_named_with_its_remedy(
    table: dict[str, Any], words: str, tmp_path: Path
) -> None:
    """The message names the channel and the variable, file or key; a secret is never shown."""
    with pytest.raises(ConfigError) as caught:
        built(table, environ={"BAD": "hunter2 hunter2"}, base=tmp_path)
    assert words in str(caught.value)
    assert str(caught.value).startswith(f'[[channel]] "{table["id"]}" ')
    assert "hunter2" not in str(caught.value)


def test_all_faulty_channels_are_reported_at_once() -> None:
    """Nobody mends a file in five rounds."""
    with pytest.raises(ConfigError) as caught:
        built(
            {"id": "s", "kind": "slack", "url_env": "A"},
            {"id": "w", "kind": "webhook", "url_env": "B"},
        )
    assert len(caught.value.problems) == 2


def test_a_password_comes_from_a_file_beside_the_configuration(tmp_path: Path) -> None:
    """Relative paths are relative to the configuration file."""
    (tmp_path / "pw.txt").write_text("s3cret\n", encoding="utf-8")
    assert built({**MAIL, "username": "u", "password_file": "pw.txt"}, base=tmp_path)


def test_an_empty_password_file_is_a_fault(tmp_path: Path) -> None:
    """An empty secret would only fail later."""
    (tmp_path / "pw.txt").write_text("\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="is empty"):
        built({**MAIL, "username": "u", "password_file": "pw.txt"}, base=tmp_path)
