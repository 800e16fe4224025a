"""Whose policy is it, and what is wrong with a vendor's record."""

import pytest

from monitor.clock import contracted
from monitor.config_file import from_tables
from monitor.errors import ConfigError
from monitor.notice.calendar import Period
from monitor.vendors import owner_of, policies_of, vendor_at, vendor_of

TABLES = {
    "policy": [
        {"id": "by-name", "url": "https://cdn.example/a", "vendor": "quillmark", "owner": "mira"},
        {"id": "by-service", "url": "https://cdn.example/b", "service": "Quillmark"},
        {"id": "by-address", "url": "https://legal.quillmark.example/dpa"},
        {"id": "of-nobody", "url": "https://notquillmark.example/"},
    ],
    "vendor": [
        {"name": "Example Net", "domains": ["quillmark.example"]},
        {
            "name": "Quillmark",
            "domains": ["legal.quillmark.example"],
            "owner": "risk",
            "precedence": "contract",
            "period": [{"right": "objection", "length": "10 business days"}],
        },
    ],
}


@pytest.mark.parametrize(
    ("policy", "vendor", "owner"),
    [
        ("by-name", "Quillmark", "mira"),
        ("by-service", "Quillmark", "risk"),
        ("by-address", "Quillmark", "risk"),
        ("of-nobody", None, ""),
    ],
)
def test_a_policy_finds_its_vendor(policy: str, vendor: str | None, owner: str) -> None:
    """By its own word, by its service, by its address; a similar domain is another one."""
    settings = from_tables(TABLES)
    declared = next(p for p in settings.policy if p.id == policy)
    found = vendor_of(settings, declared)
    assert (found.name if found else None) == vendor
    assert owner_of(settings, declared) == owner


def test_the_narrower_domain_wins() -> None:
    """A host under two vendors' domains belongs to the one that names it more closely."""
    settings = from_tables(TABLES)
    found = [vendor_at(settings, f"{name}quillmark.example") for name in ("legal.", "www.", "my")]
    assert [vendor.name if vendor else None for vendor in found] == [
        "Quillmark",
        "Example Net",
        None,
    ]


def test_a_vendor_has_policies_and_periods() -> None:
    """A period keeps the unit in which the contract states it."""
    settings = from_tables(TABLES)
    vendor = settings.vendor[1]
    assert [p.id for p in policies_of(settings.policy, settings, vendor)] == [
        "by-name",
        "by-service",
        "by-address",
    ]
    assert vendor.period[0].length == Period(10, "business_day")


def test_a_contract_s_periods_are_standards_of_their_own() -> None:
    """With its name and clause as the proof; a right until the effect has no length."""
    period = {"right": "termination", "starts": "until effect", "clause": "4.1"}
    settings = from_tables({"vendor": [{"name": "Q", "contract": "MSA", "period": [period]}]})
    (standard,) = contracted(settings.vendor[0])
    assert (standard.source, standard.cite) == ("contract", "MSA, 4.1")
    assert (standard.starts, standard.period.amount) == ("until effect", 0)


@pytest.mark.parametrize(
    ("vendor", "told"),
    [
        ({"name": "Q", "domains": ["https://q.example"]}, ['[[vendor]] "Q" domains', "no domain"]),
        ({"name": "Q", "precedence": "contract"}, ["precedence", "[[vendor.period]]"]),
        ({"name": "Q", "role": "owner"}, ['[[vendor]] "Q" role', "processor"]),
        (
            {"name": "Q", "period": [{"right": "objection", "length": "soon"}]},
            ['[[vendor]] "Q" period no. 1 length', '"soon" is not a period'],
        ),
        (
            {"name": "Q", "period": [{"right": "objection"}]},
            ['[[vendor]] "Q" period no. 1 length: is missing'],
        ),
        (
            {
                "name": "Q",
                "period": [{"right": "objection", "starts": "until effect", "length": "1 day"}],
            },
            ['[[vendor]] "Q" period no. 1 length', "until effect"],
        ),
        (
            {"name": "Q", "period": [{"right": "notice", "starts": "later", "length": "1 day"}]},
            ["period no. 1 starts", "counted back from the effect"],
        ),
        (
            {
                "name": "Q",
                "period": [{"right": "objection", "lenght": "14 days", "length": "1 day"}],
            },
            ["lenght", 'did you mean "length"?'],
        ),
    ],
)
def test_faults_of_a_record_are_told(vendor: dict[str, object], told: list[str]) -> None:
    """Where, what, and what to do."""
    with pytest.raises(ConfigError) as caught:
        from_tables({"vendor": [vendor]})
    assert all(word in str(caught.value) for word in told), str(caught.value)


def test_a_vendor_that_is_not_declared_is_a_fault() -> None:
    """In a policy as in a route."""
    tables = {
        "policy": [{"id": "a", "url": "https://a.example/", "vendor": "Quilmark"}],
        "vendor": [{"name": "Quillmark"}],
        "channel": [{"id": "c", "kind": "console"}],
        "route": [{"channel": "c", "vendors": ["Nobody"]}],
    }
    with pytest.raises(ConfigError, match='did you mean "Quillmark"') as caught:
        from_tables(tables)
    assert 'there is no vendor "Nobody"' in str(caught.value)
