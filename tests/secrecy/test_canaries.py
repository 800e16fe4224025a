"""Canary secrets in every setting that holds one, and real failures: none is said or stored.

The servers repeat what they were sent, so that every answer holds a secret: what is kept of it must
show the mask. Each command begins with nothing known, as a process of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

import pytest
import sqlalchemy as sa
from selectolax.lexbor import LexborHTMLParser

from monitor import secrecy
from monitor.cli import main
from tests.end_to_end.test_daemon import free_port
from tests.notifiers.mail_servers import certificate
from tests.secrecy.world import (
    CANARY,
    CHANNELS,
    TELLTALES,
    Servers,
    environment,
    serving,
    write_config,
)

COMMAND = [sys.executable, "-c", "from monitor.cli import main; main()"]
Say = Callable[..., str]


@pytest.fixture
def servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Servers]:
    """Servers that repeat everything, and the environment with its secrets."""
    tls, _ = certificate(tmp_path)
    shutil.copy(tmp_path / "cert.pem", tmp_path / "ca.pem")
    with serving(tls) as running:
        for name, value in environment(running).items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """Where the store is; the URL of the server holds a password."""
    if request.param == "sqlite":
        return "sqlite:///policywatch.db"
    url = str(request.getfixturevalue("empty_postgresql"))
    return url.replace("tester@", f"tester:{CANARY}@")


@pytest.fixture
def say(capfd: pytest.CaptureFixture[str]) -> Say:
    """Run a command; what it printed, which holds no canary. ``code`` is its exit code."""

    def run(config: Path, *arguments: str, code: int | None = 0) -> str:
        secrecy.forget()
        with pytest.raises(SystemExit) as end:
            main(["--config", str(config), *arguments])
        said = "".join(capfd.readouterr())
        assert code is None or (end.value.code or 0) == code, said
        assert_silent(said, " ".join(arguments))
        return said

    return run


def assert_silent(text: str, where: str) -> None:
    """No canary, in no form."""
    for telltale in TELLTALES:
        for form in (telltale, quote(telltale)):
            place = text.find(form)
            assert place < 0, f"{where}: {text[max(0, place - 200) : place + 80]}"


def engine_of(url: str, folder: Path) -> sa.Engine:
    """A connection of the test's own to the store."""
    sqlite = url.startswith("sqlite")
    return sa.create_engine(f"sqlite:///{folder / 'policywatch.db'}" if sqlite else url)


def rows(url: str, folder: Path) -> str:
    """Every row of every table as text; for a file its bytes too, and those beside it."""
    engine = engine_of(url, folder)
    found = []
    with engine.connect() as connection:
        for table in sa.inspect(engine).get_table_names():
            found += [str(row) for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"')]
    engine.dispose()
    files = [file.read_bytes().decode("latin-1") for file in folder.glob("policywatch.db*")]
    return "\n".join(found + files)


def last_words(url: str, folder: Path) -> dict[str, str]:
    """What each channel said last: an error or a receipt."""
    engine = engine_of(url, folder)
    query = "SELECT channel, coalesce(last_error, '') || coalesce(receipt, '') FROM delivery"
    with engine.connect() as connection:
        said = {channel: words for channel, words in connection.exec_driver_sql(query) if words}
    engine.dispose()
    return said


def test_failing_channels_say_no_secret_on_the_command_line_nor_in_the_store(
    tmp_path: Path, servers: Servers, store_url: str, say: Say
) -> None:
    """check, doctor, deliveries and verify, with an alert that nobody takes."""
    config = write_config(tmp_path, servers, store_url)
    say(config, "check")
    servers.revision += 1
    for json_too in ((), ("--json",)):
        say(config, "check", *json_too)
        say(config, "doctor", *json_too, code=3)
        say(config, "deliveries", *json_too)
        say(config, "show", "loom", *json_too)
    say(config, "verify")
    said = last_words(store_url, tmp_path)
    assert said.keys() == set(CHANNELS)
    for name in ("login", "slack_500", "slack_bot", "hook_500", "unauthorized", "taken"):
        assert secrecy.MASK in said[name], (name, said[name])
    assert_silent(rows(store_url, tmp_path), "the store")


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_tried_channel_says_no_secret(
    tmp_path: Path, servers: Servers, say: Say, channel: str
) -> None:
    """`notify test` shows what the server answered, without what it repeated."""
    config = write_config(tmp_path, servers, "sqlite:///policywatch.db")
    said = say(config, "notify", "test", channel, code=0 if channel == "taken" else 3)
    assert len(said) > 40


def test_a_proxy_that_refuses_is_named_without_its_password(
    tmp_path: Path, servers: Servers, say: Say
) -> None:
    """Everything goes through it, and nothing arrives."""
    for port in (servers.closed_port, servers.silent_port, servers.port):
        proxy = f"http://user:{CANARY}@127.0.0.1:{port}"
        config = write_config(tmp_path, servers, "sqlite:///policywatch.db", proxy=proxy)
        shortened = config.read_text().replace("retries = 0", 'retries = 0\ntimeout = "0.3s"')
        config.write_text(shortened)
        say(config, "check", code=None)
        say(config, "notify", "test", "taken", code=None)
        say(config, "doctor", code=3)
    assert_silent(rows("sqlite:///policywatch.db", tmp_path), "the store")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://user:{}@127.0.0.1:{}/policywatch",
        "postgresql://127.0.0.1:{1}/policywatch?user=me&password={0}",
        "postgresql+psycopg://user:{}@127.0.0.1:{}x/policywatch",
        "postgresql//user:{}@127.0.0.1:{}/policywatch",
        "mysql://user:{}@127.0.0.1:{}/policywatch",
    ],
)
def test_a_database_that_is_not_there_is_named_without_its_password(
    tmp_path: Path, servers: Servers, say: Say, url: str
) -> None:
    """Refused, malformed, or of a kind that is unknown."""
    config = write_config(tmp_path, servers, url.format(CANARY, servers.closed_port))
    for command in ("check", "doctor", "verify", "run", "history loom"):
        say(config, *command.split(), code=None)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('password_env = "SMTP_PASSWORD"', f'password_env = "{CANARY}"'),
        ('password_env = "SMTP_PASSWORD"', f'password = "{CANARY}"'),
        ('password_env = "IMAP_PASSWORD"', f'password_env = "{CANARY.lower()}"'),
        ('token_env = "SLACK_TOKEN"', f'token_env = "xoxb-{CANARY}"'),
        ('token_env = "SLACK_TOKEN"', f'token = "xoxb-{CANARY}"'),
        ('secret_env = "HOOK_SECRET"', f'secret_env = "whsec_{CANARY}"'),
        ('url_env = "APPRISE_URL"', f'url = "json://{CANARY}"'),
        ('link_secret_env = "LINK_SECRET"', f'link_secret_env = "{CANARY}"'),
        ("http://127.0.0.1", f"htp://127.0.0.1/{CANARY}"),
        ("heartbeat_url = ", f'heartbeat_url = "no address {CANARY}" #'),
        ("timestamp_url = ", f'timestamp_url = ["{CANARY}"] #'),
        ("port = 0", f'[[web.token]]\nname = "me"\nsha256 = "{CANARY}"'),
        ("port = 0", f'[[web.token]]\nname = "me"\nrole = "reviewer"\ntoken = "{CANARY}"'),
        ("port = 0", 'port = "eighty"'),
        ("retries = 0", f'proxy = "socks5://user:{CANARY}@proxy.example:1"'),
        ("retries = 0", f'proxy = ["http://user:{CANARY}@proxy.example:1"]'),
        ('kind = "slack"', 'kind = "slak"'),
        ("[[channel]]", "[[channel]"),
    ],
)
def test_a_faulty_configuration_is_explained_without_its_secrets(
    tmp_path: Path, servers: Servers, say: Say, right: str, wrong: str
) -> None:
    """Secrets in the wrong place among them: where a variable's name belongs, in a made-up key."""
    config = write_config(tmp_path, servers, "sqlite:///policywatch.db")
    text = config.read_text()
    assert right in text
    config.write_text(text.replace(right, wrong))
    assert "error: " in say(config, "check", code=2)
    assert "fault" in say(config, "doctor", code=None)


def test_a_wrong_value_in_the_environment_is_not_repeated(
    tmp_path: Path, servers: Servers, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables that override the file, and those that hold secrets of the wrong form."""
    config = write_config(tmp_path, servers, "sqlite:///policywatch.db")
    for name, value in (
        ("HOOK_SECRET", CANARY),
        ("HOOK_URL", f"no address {CANARY}"),
        ("LINK_SECRET", CANARY),
        ("APPRISE_URL", CANARY),
        ("POLICYWATCH_FETCH__PROXY", f"socks5://user:{CANARY}@proxy.example:1"),
        ("POLICYWATCH_DAEMON", f'{{"heartbeat_url": "{CANARY}'),
        ("POLICYWATCH_STORE__URL", f"postgresql//u:{CANARY}@h"),
    ):
        with monkeypatch.context() as changed:
            changed.setenv(name, value)
            for command in ("check", "doctor"):
                say(config, command, code=None)


# --- the daemon ----------------------------------------------------------------------------------


def pages(base: str) -> Iterator[tuple[str, str]]:
    """Every page that links lead to from the first, and what programs read."""
    todo = ["/", "/healthz", "/metrics", "/api/docs", "/api/openapi.json", "/feed.atom"]
    seen: set[str] = set()
    while todo and len(seen) < 150:
        path = todo.pop(0)
        if path in seen:
            continue
        seen.add(path)
        try:
            with urllib.request.urlopen(base + path, timeout=20) as answer:
                body, kind = answer.read().decode("latin-1"), answer.headers.get_content_type()
        except urllib.error.HTTPError as error:
            body, kind = error.read().decode("latin-1"), ""
        yield path, body
        if kind == "text/html":
            links = (a.attributes.get("href") or "" for a in LexborHTMLParser(body).css("a[href]"))
            found = (urljoin(base + path, link).partition("#")[0] for link in links)
            todo += [link.removeprefix(base) for link in found if link.startswith(f"{base}/")]
        if path == "/api/openapi.json":
            todo += [p for p in json.loads(body)["paths"] if "{" not in p]
            todo += [
                p.replace("{policy}", "loom") for p in json.loads(body)["paths"] if "{policy}" in p
            ]


def wait_for(condition: Callable[[], Any], daemon: subprocess.Popen[bytes], log: Path) -> None:
    """Until it holds; with the daemon's log where it does not."""
    end = time.monotonic() + 60
    while not condition():
        assert daemon.poll() is None, log.read_text()[-4000:]
        assert time.monotonic() < end, log.read_text()[-4000:]
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("store_url", "log_format"),
    [("sqlite", "console"), ("postgresql", "json")],
    indirect=["store_url"],
)
def test_a_daemon_among_failures_shows_no_secret_anywhere(
    tmp_path: Path, servers: Servers, store_url: str, log_format: str
) -> None:
    """Its log as text and as JSON, its pages, API, health and metrics, its rows; also a reload."""
    port, log = free_port(), tmp_path / "log"
    config = write_config(tmp_path, servers, store_url, web_port=port)
    good = config.read_text()
    named = {"POLICYWATCH_DAEMON__LOG_FORMAT": log_format, "POLICYWATCH_DAEMON__LOG_LEVEL": "debug"}
    with log.open("wb") as stream:
        daemon = subprocess.Popen(
            [*COMMAND, "--config", str(config), "run"],
            stdout=stream,
            stderr=stream,
            env={**os.environ, **named},
        )
    said: Callable[[str], bool] = lambda words: words in log.read_text()  # noqa: E731
    try:
        wait_for(lambda: "GET" in servers.heard and said("first"), daemon, log)
        servers.revision += 1
        wait_for(lambda: last_words(store_url, tmp_path).keys() == set(CHANNELS), daemon, log)
        wait_for(lambda: f"/500/ping/{CANARY}" in servers.heard, daemon, log)
        wrong = good.replace('token_env = "SLACK_TOKEN"', f'token_env = "xoxb-{CANARY}"')
        config.write_text(wrong)
        wait_for(lambda: said("not reloaded"), daemon, log)
        shown = dict(pages(f"http://127.0.0.1:{port}"))
    finally:
        daemon.terminate()
        code = daemon.wait(30)
    assert code == 0, log.read_text()[-4000:]
    assert len(shown) > 20, list(shown)
    for path, body in shown.items():
        assert_silent(body, path)
    assert_silent(log.read_text(), "the log")
    assert secrecy.MASK in log.read_text()
    assert_silent(rows(store_url, tmp_path), "the store")


# --- faults of ours ------------------------------------------------------------------------------

_CRASH = """
import logging, sys, asyncio, structlog
from pathlib import Path
from monitor import config_file, logs
from monitor.secrecy import show_masked
sys.excepthook = show_masked
settings = config_file.load(Path(sys.argv[1])).settings
logs.configure("debug", sys.argv[2])
url = next(c.url for c in settings.channel if c.id == "slack_500")
def fail():
    local = url
    raise RuntimeError(f"nobody foresaw {url}") from ValueError(settings.daemon.heartbeat_url)
try:
    fail()
except RuntimeError as error:
    structlog.get_logger().error("unforeseen", exc_info=error, given={"channels": [url]})
    logging.getLogger("uvicorn.error").exception("in a library with %s", url)
async def forgotten():
    asyncio.get_running_loop().call_soon(fail)
    await asyncio.sleep(0)
asyncio.run(forgotten())
fail()
"""


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_tracebacks_hold_no_secret(tmp_path: Path, servers: Servers, log_format: str) -> None:
    """Logged by us, by a library, by the event loop, and the one that ends the process."""
    config = write_config(tmp_path, servers, "sqlite:///policywatch.db")
    done = subprocess.run(
        [sys.executable, "-c", _CRASH, str(config), log_format],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count("nobody foresaw") == 4, done.stderr
    assert done.stderr.count(secrecy.MASK) >= 8
    assert_silent(done.stdout + done.stderr, "tracebacks")
