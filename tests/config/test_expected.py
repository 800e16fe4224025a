"""What is expected of a policy: its own table, then those for many; and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from monitor.config_file import from_tables, load_expected
from monitor.errors import ConfigError
from monitor.expected import expectations_of

HOME = {"id": "home", "url": "https://a.example/", "tags": ["customer-data"]}
DPA = {"id": "dpa", "url": "https://q.example/dpa", "type": "dpa", "service": "Quillmark"}


def expected(policy: dict[str, Any], *tables: dict[str, Any]) -> dict[str, str]:
    """What is expected of a policy, by name, in words."""
    settings = from_tables(
        {"policy": [policy], "expect": list(tables), "vendor": [{"name": "Quillmark"}]}
    )
    return {e.name: str(e.what) for e in expectations_of(settings, settings.policy[0])}


def test_a_table_for_many_is_about_those_it_names() -> None:
    """By tag, by type, by vendor."""
    tagged = {"name": "a", "tags": ["customer-data"], "sale": "never"}
    typed = {"name": "b", "types": ["dpa"], "breach_hours": "<= 48"}
    owned = {"name": "c", "vendors": ["quillmark"], "arbitration": False}
    assert expected(HOME, tagged, typed, owned).keys() == {"sale"}
    assert expected(DPA, tagged, typed, owned).keys() == {"breach_notice", "arbitration"}


def test_a_policys_own_word_goes_first() -> None:
    """An exception for one vendor needs no change of the rule for all; scopes go together."""
    mine = {**HOME, "expect": {"notice_days": ">= 14"}}
    many = {"name": "all", "notice_days": {"policy": ">= 30", "price": ">= 60"}, "sale": "never"}
    assert expected(mine, many) == {
        "notice_period": "Notice of changes: at least 14 days",
        "sale": "Selling of data: never",
    }


def test_a_preset_is_its_elements() -> None:
    """Each stands for itself; a policy that is not declared any more has none."""
    names = expected({**DPA, "expect": {"preset": ["gdpr-art28"]}})
    assert "gdpr-art28/audits" in names
    assert expectations_of(from_tables({}), None) == ()


def test_a_preset_is_for_documents_of_its_types() -> None:
    """One table for many can hold those for notices and those for contracts."""
    both = {"name": "eu", "preset": ["gdpr-art13", "gdpr-art28"]}
    assert {name.partition("/")[0] for name in expected(HOME, both)} == {"gdpr-art13"}
    assert {name.partition("/")[0] for name in expected(DPA, both)} == {"gdpr-art28"}
    with pytest.raises(ConfigError, match="gdpr-art28") as caught:
        expected({**HOME, "expect": {"preset": "gdpr-art28"}})
    assert 'is for documents of type dpa, and this one is of type "privacy"' in str(caught.value)


def test_another_condition_is_another_expectation() -> None:
    """What is stored about the old one says nothing about the new one."""
    digests = set()
    for table in ({"sale": "never"}, {"sale": "not may"}, {"sale": "never", "severity": "low"}):
        settings = from_tables({"policy": [{**HOME, "expect": table}]})
        digests |= {e.digest for e in expectations_of(settings, settings.policy[0])}
    assert len(digests) == 3


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"notice_dayz": ">= 30"}, 'expect.notice_dayz: unknown key; did you mean "notice_days"?'),
        ({"sale": "nevr"}, "expect.sale:"),
        ({"must_mention": ["right:erasure"]}, 'expect.must_mention: "right" is no kind'),
        ({"preset": "gdpr-13"}, 'there is no preset "gdpr-13"; did you mean "gdpr-art13"?'),
        ({}, "expect: is empty"),
        ([1], "must be a table; write [policy.expect]"),
        ({"notice_days": ">= 3", "notice_period": ">= 4"}, "expects notice_period 2 times"),
    ],
)
def test_faults_name_policy_and_key(table: Any, told: str) -> None:
    """A misspelt expectation must not silently expect nothing."""
    with pytest.raises(ConfigError) as caught:
        from_tables({"policy": [{**HOME, "expect": table}]})
    assert '[[policy]] "home" expect' in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"name": "x", "vendors": ["Nobody"], "sale": "never"}, 'no vendor "Nobody"'),
        ({"name": "x", "policies": ["hom"], "sale": "never"}, 'did you mean "home"?'),
        ({"name": "x y", "sale": "never"}, "has no spaces"),
        ({"name": "x", "tags": ["a"]}, "is empty"),
    ],
)
def test_faults_of_a_table_for_many(table: dict[str, Any], told: str) -> None:
    """One that is about nobody, or expects nothing, is a mistake."""
    with pytest.raises(ConfigError) as caught:
        from_tables({"policy": [HOME], "expect": [table]})
    assert told in str(caught.value)


def test_a_file_of_expectations_is_read_as_the_table_is(tmp_path: Path) -> None:
    """For a repository that has policies of its own and no configuration."""
    path = tmp_path / "promises.toml"
    path.write_text('notice_days = ">= 30"\nmust_mention = ["Fernhill"]\n', encoding="utf-8")
    assert [e.name for e in load_expected(path).expectations()] == [
        "notice_period",
        "must_mention[Fernhill]",
    ]
    path.write_text('notice_days = "soon"\nsales = "never"\n', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_expected(path)
    assert f"{path}: notice_days:" in str(caught.value)
    assert f'{path}: sales: unknown key; did you mean "sale"?' in str(caught.value)
