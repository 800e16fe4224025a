"""config.toml: what is taken, and how each fault is told."""

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config_file import declaration_digest, from_tables, load
from monitor.errors import ConfigError

OIDC = "[web.oidc]\nclient_id = 'policywatch'\n"
POLICY = '[[policy]]\nid = "acme"\nurl = "https://acme.example/privacy"\n'


def faults(tmp_path: Path, text: str) -> str:
    """The message a user reads for a faulty file."""
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert all(problem.startswith(str(path)) for problem in caught.value.problems)
    return str(caught.value)


def test_a_minimal_file_gets_defaults(tmp_path: Path) -> None:
    """One policy is enough; the rest has a default."""
    path = tmp_path / "config.toml"
    path.write_text(POLICY, encoding="utf-8")
    configuration = load(path)
    policy = configuration.policy("acme")
    assert policy is not None
    assert policy.all_urls == ("https://acme.example/privacy",)
    assert policy.every == "6h"
    assert configuration.settings.samples is None
    assert configuration.settings.capture.confirm_after == timedelta(minutes=15)
    assert configuration.base_dir == tmp_path


def test_defaults_fill_what_a_policy_does_not_say(tmp_path: Path) -> None:
    """[defaults] applies to every policy, and a policy's own word wins."""
    path = tmp_path / "config.toml"
    path.write_text(
        '[defaults]\nevery = "1d"\ntags = ["eu"]\n'
        + POLICY
        + 'every = "2h"\n[[policy]]\nid = "b"\nurl = "https://b.example/"\n',
        encoding="utf-8",
    )
    acme, other = load(path).settings.policy
    assert (acme.every, acme.tags) == ("2h", ("eu",))
    assert other.every == "1d"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (POLICY + "evry = '6h'\n", ['[[policy]] "acme" evry', 'did you mean "every"?']),
        ("[fecth]\n", ["fecth", 'did you mean "fetch"?']),
        ("[defaults]\nevry = '6h'\n" + POLICY, ["[defaults] evry", 'did you mean "every"?']),
        (POLICY + "every = 6\n", ['[[policy]] "acme" every', "string"]),
        (POLICY + "every = 'soon'\n", ['[[policy]] "acme" every', "soon"]),
        (POLICY + "every = '99 * * * *'\n", ['[[policy]] "acme" every']),
        (POLICY + "select = ['main[']\n", ['[[policy]] "acme" select', "main["]),
        (POLICY + POLICY, ['[[policy]] "acme"', "2 times", "unique"]),
        ("[[policy]]\nid = 'a'\n", ['[[policy]] "a" url', "either url or urls"]),
        ("[[policy]]\nid = 'a'\nurl = 'ftp://x/'\n", ["ftp://x/", "http(s)"]),
        ("[[policy]]\nid = 'a b'\nurl = 'https://x.example/'\n", ["no spaces"]),
        ("[[policy]]\nurl = 'https://x.example/'\n", ["[[policy]] no. 1 id", "missing"]),
        ("[fetch]\nper_host_delay = '2 parsecs'\n", ["[fetch] per_host_delay", "not a duration"]),
        ("[fetch]\nallow_networks = ['10.0.0.0/99']\n", ["[fetch] allow_networks"]),
        ("[[channel]]\nid = 'c'\nkind = 'pigeon'\n", ['[[channel]] "c"', '"email"']),
        ("[[channel]]\nid = 'c'\nkind = 'slack'\n", ['[[channel]] "c"', "url_env"]),
        (
            "[[channel]]\nid='c'\nkind='email'\nsmtp_host='h'\nfrom='a@b.c'\nto=['d@e.f']\nport=1\n",
            ['[[channel]] "c" port', "smtp_port"],
        ),
        ("[[route]]\nchannel = 'slak'\n", ["[[route]] no. 1 channel", "slak", "declare it"]),
        ("[[channel]]\nid='c'\nkind='console'\n[[route]]\nchannel='c'\ncategories=['sle']\n",
         ["categories", '"sle"', "sharing"]),
        ("x = = 1", ["not valid TOML", "line 1"]),
        ("[policy]\nid = 'a'\nurl = 'https://x.example/'\n", ["policy", "[[policy]]"]),
        (POLICY + "select = 'main'\n", ['[[policy]] "acme" select', "must be a list"]),
        ("fetch = 'browser'\n", ["fetch", "must be a table", "[fetch]"]),
        (POLICY + "language = 'english'\n", ['[[policy]] "acme" language', '"it"']),
        (POLICY + "[[policy.range]]\n", ['[[policy]] "acme" range', "start_before"]),
        (POLICY + "range = [{start_before = 'h1', start_after = 'h2'}]\n", ["and not both"]),
        (POLICY.replace("acme.example", "acme.example:99999"), ["99999", "http(s)"]),
        (POLICY.replace("privacy", "the policy"), ['[[policy]] "acme" url', "http(s)"]),
        ("[fetch]\nallow_networks = ['10.0.0.1/8']\n", ["host bits", "10.20.0.0/16"]),
        ("[daemon]\ntick = '0s'\n", ["[daemon] tick", 'longer than "0s"']),
        ("[capture]\nflap_hold = '99999999999999d'\n", ["[capture] flap_hold", "longer than"]),
        ("[daemon]\nheartbeat_url = 'a word'\n", ["[daemon] heartbeat_url", "https://"]),
        ("[web]\npublic_url = 'javascript:alert(1)'\n", ["[web] public_url", "https://"]),
        ("[[web.person]]\nname = 'Mira'\npassword = 'hunter2'\n", ['"Mira" password', "no digest"]),
        ("[web.proxy]\nheader = 'X-User'\nfrom = ['10.0.0.1']\n", ["[web.proxy] role", "nobody"]),
        (OIDC + "issuer = 'https://id.example'\n", ["[web.oidc] role: nobody has one"]),
        (OIDC + "role = 'admin'\nissuer = 'http://id.example'\n", ["[web.oidc] issuer", "https"]),
        (OIDC + "role = 'root'\n", ["[web.oidc] role", "[web.oidc] issuer: is missing"]),
        (
            "[web.proxy]\nheader = 'X-User'\nfrom = ['0.0.0.0/0']\nrole = 'viewer'\n",
            ["[web.proxy] from", "anybody"],
        ),
        ("[web.proxy]\nheader = 'X-User'\nrole = 'viewer'\n", ["[web.proxy] from", "missing"]),
        ("[web.proxy]\nheader = 'X User'\nfrom = ['10.0.0.1']\n", ["[web.proxy] header"]),
        ("[[web.token]]\nrole = 'owner'\n", ["[[web.token]] no. 1 role", "'admin'"]),
        ("[[web.person]]\nname = 'M'\nrol = 'admin'\n", ['[[web.person]] "M" rol', '"role"']),
    ],
)  # fmt: skip
def test_each_fault_names_place_and_remedy(tmp_path: Path, text: str, told: list[str]) -> None:
    """A fault names the file, the table, the key and what to do."""
    message = faults(tmp_path, text)
    for words in told:
        assert words in message


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """Nobody wants to find faults one run at a time."""
    message = faults(tmp_path, POLICY + "evry = '6h'\n[fetch]\nretries = 'x'\n")
    assert len(message.splitlines()) == 2


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    """A path that is not there names --config."""
    with pytest.raises(ConfigError, match="--config"):
        load(tmp_path / "none.toml")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are told as such."""
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        load(path)


def test_the_environment_overrides_a_single_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container sets the store without touching the file."""
    monkeypatch.setenv("POLICYWATCH_STORE__URL", "sqlite:////data/x.db")
    assert from_tables({}).store.url == "sqlite:////data/x.db"


def test_an_unusable_environment_variable_is_a_fault_of_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A whole table in one variable must be JSON; the message says how to set single keys."""
    monkeypatch.setenv("POLICYWATCH_WEB", "{bad")
    with pytest.raises(ConfigError, match="POLICYWATCH_WEB__PORT"):
        from_tables({})


def test_a_password_in_an_address_is_refused_and_not_repeated(tmp_path: Path) -> None:
    """What a user pastes by mistake must not end in a log."""
    message = faults(tmp_path, POLICY.replace("//acme", "//me:hunter2@acme"))
    assert "user name or password" in message
    assert "hunter2" not in message


def test_only_what_decides_the_text_changes_the_declaration_digest() -> None:
    """Tags may change freely; selectors and URLs make another declaration."""
    table = {"id": "a", "url": "https://a.example/"}
    plain, tagged, selected = (
        from_tables({"policy": [{**table, **more}]}).policy[0]
        for more in ({}, {"tags": ["x"], "every": "1d"}, {"select": ["main"]})
    )
    assert declaration_digest(plain) == declaration_digest(tagged)
    assert declaration_digest(plain) != declaration_digest(selected)
