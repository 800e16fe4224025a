"""The watch list as CSV and TOML."""

from __future__ import annotations

import tomllib

import pytest

from monitor.config import Policy
from monitor.config_file import from_tables
from monitor.errors import ConfigError
from monitor.watchlist import Declared, from_csv, merged, to_csv, to_toml

TABLES = [
    {"id": "loom", "service": "Harbour Loom", "url": "https://loom.example/privacy"},
    {
        "id": "dock-dpa",
        "service": 'Dock "Side", Ltd.',
        "type": "dpa",
        "urls": ["https://dock.example/1", "https://dock.example/2"],
        "select": ["main > article", ".terms, .annex"],
        "remove": [".nonce"],
        "range": [{"start_after": "h1", "end_before": "footer"}],
        "fetch": "browser",
        "every": "1d",
        "tags": ["vendor", "key vendor"],
        "language": "de",
        "owner": "=cmd()",
        "enabled": False,
    },
]


def declared() -> tuple[Policy, ...]:
    """Two policies that use every key."""
    return from_tables({"policy": TABLES}).policy


def read_back(text: str) -> tuple[Policy, ...]:
    """TOML through the real configuration."""
    return from_tables(tomllib.loads(text)).policy


def test_a_watch_list_survives_csv_and_toml() -> None:
    """Out to a spreadsheet and back is the same watch list, key for key."""
    policies = declared()
    back = read_back(to_toml(from_csv(to_csv(policies))))
    assert [(p.all_urls, p.model_dump(exclude={"url", "urls"})) for p in back] == [
        (p.all_urls, p.model_dump(exclude={"url", "urls"})) for p in policies
    ]


def test_no_cell_is_a_formula() -> None:
    """A spreadsheet is not to run what a stranger wrote."""
    text = to_csv(declared())
    assert "'=cmd()" in text
    assert ",=" not in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must name the columns"),
        ("name,url\nloom,https://x.example\n", "must name the columns"),
        ("id,adress\nloom,https://x.example\n", "unknown column 'adress'"),
        ("id,url\nloom,ftp://x.example\n", "not an http"),
        ("id,url,enabled\nloom,https://x.example,perhaps\n", "true or false"),
        ("id,url,range\nloom,https://x.example,[oops\n", "not JSON"),
        ("id,url,every\nloom,https://x.example,often\n", "every"),
        ('id,url\n"loom,https://x.example\n', "is not CSV"),
        ("id,url\nloom,https://x.example,surplus\n", "more cells"),
    ],
)
def test_faults_of_a_watch_list_are_named(text: str, said: str) -> None:
    """Each with its place; nothing half-read is declared."""
    with pytest.raises(ConfigError, match=said):
        from_csv(text, "list.csv")


def test_every_faulty_row_is_reported_at_once() -> None:
    """People fix a list in one go."""
    with pytest.raises(ConfigError) as caught:
        from_csv("id,url\na,nothing\nb,https://b.example\nc,nothing\n")
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "the file, policy no. 1", "the file, policy no. 3",
    ]  # fmt: skip


def test_hostile_strings_stay_strings_in_toml() -> None:
    """Quotes, line ends and control characters do not end a value or begin a table."""
    evil = 'x"\n[[channel]]\nid = "\x7f\x00\\'
    table = {"id": "loom", "service": evil, "url": "https://loom.example/"}
    (policy,) = read_back(to_toml([Declared(table, ("a note\n[[policy]]",))]))
    assert policy.service == evil


def test_new_policies_are_added_and_known_ones_kept() -> None:
    """Importing a list twice adds nothing; what people wrote in the file stays as it is."""
    before = '# ours\n[[policy]]\nid = "loom"\nurl = "https://loom.example/ours"\n'
    new = [Declared(table) for table in TABLES]
    once, known = merged(before, new, "config.toml")
    assert known == ["loom"]
    assert once.startswith(before.rstrip())
    assert [policy.id for policy in read_back(once)] == ["loom", "dock-dpa"]
    assert merged(once, new, "config.toml") == (once, ["loom", "dock-dpa"])


def test_a_faulty_configuration_is_not_added_to() -> None:
    """The result must load, else the file stays as it was."""
    with pytest.raises(ConfigError, match="not valid TOML"):
        merged("[[policy\n", [Declared(TABLES[0])], "config.toml")
