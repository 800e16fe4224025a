"""The API as a program uses it: lists in pages, details, decisions on the record, refusals."""

from __future__ import annotations

import io
import zipfile

import httpx
import pytest

from monitor import review
from monitor.config import Settings
from monitor.model import to_json
from tests.web.conftest import browser
from tests.web.world import World
from web.access import digest_of

API = "/api/v1"
ELSEWHERE = {"origin": "https://elsewhere.example", "sec-fetch-site": "cross-site"}
_TOKENS = (("mira", "reviewer", "pw_mira"), ("otto", "viewer", "pw_otto"))


@pytest.fixture
def guarded(world: World) -> World:
    """Somebody who may decide and somebody who may read have tokens."""
    tokens = [
        {"name": name, "role": role, "sha256": digest_of(token)} for name, role, token in _TOKENS
    ]
    world.settings = Settings.model_validate({"web": {"token": tokens}})
    return world


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def every_page(client: httpx.AsyncClient, path: str) -> list[dict[str, object]]:
    """All items of a list, one a page, by following its Link headers."""
    found, following = [], f"{API}/{path}{'&' if '?' in path else '?'}limit=1"
    while following:
        answer = await client.get(following)
        found += answer.json()["items"]
        following = answer.links.get("next", {}).get("url", "")
    return found


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("policies", ["ferries", "loom"]),
        ("policies?tag=eu", ["loom"]),
        ("policies?q=pell", ["ferries"]),
        ("policies?type=terms", ["ferries"]),
        ("policies?owner=mira", ["loom"]),
        ("changes", ["loom@2-3", "ferries@1-2", "loom@1-2"]),
        ("changes?policy=loom&verdict=material", ["loom@1-2"]),
    ],
)
async def test_a_list_is_followed_page_by_page(
    client: httpx.AsyncClient, path: str, keys: list[str]
) -> None:
    assert [item["id"] for item in await every_page(client, path)] == keys
    whole = (await client.get(f"{API}/{path}")).json()
    assert [item["id"] for item in whole["items"]] == keys
    assert whole["next"] is None


async def test_a_list_that_grows_at_its_head_gives_nothing_twice(
    world: World, client: httpx.AsyncClient
) -> None:
    first = (await client.get(f"{API}/alerts?limit=1")).json()
    world.declare("tern", service="Tern Post")
    world.publish(
        "tern", "# Terms\n\nWe do not sell your data.\n", "# Terms\n\nWe may sell your data.\n"
    )
    following = (await client.get(f"{API}/alerts", params={"cursor": first["next"]})).json()
    subjects = [item["subject"] for item in (*first["items"], *following["items"])]
    assert len(subjects) == len(set(subjects))
    assert {"loom@1-2", "ferries@1-2"} <= set(subjects)


async def test_a_cursor_that_names_nothing_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{API}/policies?cursor=gone")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert "begin without one" in answer.json()["detail"]


async def test_a_version_comes_with_its_text_and_its_promises(
    world: World, client: httpx.AsyncClient
) -> None:
    found = (await client.get(f"{API}/policies/loom/versions/1")).json()
    assert found["text"] == world.store.version_text("loom", 1)
    assert found["commitments"] == to_json(world.store.commitments("loom", 1))
    assert found["version"]["number"] == 1


async def test_a_recorded_change_is_given_as_it_was_decided(
    world: World, client: httpx.AsyncClient
) -> None:
    found = (await client.get(f"{API}/changes/loom@1-2")).json()
    told = world.store.change("loom@1-2").comparison
    assert (found["stored"], found["verdict"]) == (True, "material")
    assert found["comparison"]["findings"] == to_json(told.findings)
    assert found["comparison"]["edits"] == []


async def test_any_two_versions_are_compared_also_backwards(client: httpx.AsyncClient) -> None:
    found = (await client.get(f"{API}/changes/loom@3-1?edits=true")).json()
    assert (found["stored"], found["from_version"], found["to_version"]) == (False, 3, 1)
    assert {f["direction"] for f in found["comparison"]["findings"]} == {"stronger"}
    assert found["comparison"]["edits"]


async def test_the_ledger_is_that_of_a_date(client: httpx.AsyncClient) -> None:
    periods = {}
    for at in ("2026-03-02", "2026-03-20"):
        rows = (await client.get(f"{API}/ledger?kind=notice_period&at={at}")).json()["items"]
        periods[at] = [(row["policy"], row["commitment"]["value"]) for row in rows]
    assert periods == {"2026-03-02": [("loom", 30)], "2026-03-20": [("loom", 14)]}


async def test_the_ledger_answers_who_promises_so_much(client: httpx.AsyncClient) -> None:
    asked = {"kind": "notice_period", "says": "<= 14 days"}
    [row] = (await client.get(f"{API}/ledger", params=asked)).json()["items"]
    assert (row["began"], [each["value"] for each in row["before"]]) == (2, [30])
    more = {"kind": "notice_period", "says": ">= 15 days"}
    assert (await client.get(f"{API}/ledger", params=more)).json()["items"] == []
    refused = await client.get(f"{API}/ledger", params={"says": "<= 14 days"})
    assert (refused.status_code, "name it" in refused.json()["detail"]) == (400, True)


async def test_a_decision_is_on_the_record(world: World, client: httpx.AsyncClient) -> None:
    decision = {"step": "dismiss", "grounds": "duplicate", "who": "mira", "why": "known"}
    answer = await client.post(f"{API}/alerts/loom@1-2/decisions", json=decision)
    assert (answer.status_code, answer.json()["state"]) == (200, "dismissed")
    found = review.find(world.store, "loom@1-2").review
    assert (found.grounds, found.who, found.why) == ("duplicate", "mira", "known")
    still = (await client.get(f"{API}/alerts?state=open")).json()["items"]
    assert [item["subject"] for item in still] == ["ferries@1-2"]
    assert world.store.verify() == []


async def test_what_was_wrong_becomes_a_rule_and_is_taken_back(
    world: World, client: httpx.AsyncClient
) -> None:
    made = await client.post(f"{API}/alerts/loom@1-2/rules", json={"finding": 1, "who": "mira"})
    assert (made.status_code, made.json()["state"]) == (201, "dismissed")
    assert len(review.made_rules(world.store, "loom")) == 1
    undone = await client.post(f"{API}/alerts/loom@1-2/rules/undo", json={"who": "mira"})
    assert (undone.status_code, undone.json()["state"]) == (200, "new")
    assert review.made_rules(world.store, "loom") == []
    again = await client.post(f"{API}/alerts/loom@1-2/rules/undo", json={"who": "mira"})
    assert again.status_code == 409


async def test_a_check_is_asked_for_and_a_policy_muted(
    world: World, client: httpx.AsyncClient
) -> None:
    asked = await client.post(f"{API}/policies/loom/check", json={"who": "mira"})
    assert asked.status_code == 202
    assert world.store.source("loom").next_check_at == world.now
    silent = {"who": "mira", "days": 3, "why": "known trouble"}
    assert (await client.post(f"{API}/policies/loom/mute", json=silent)).status_code == 200
    shown = (await client.get(f"{API}/policies/loom")).json()["muted"]
    assert [mute["why"] for mute in shown] == ["known trouble"]
    assert (await client.post(f"{API}/policies/loom/unmute", json={"who": "mira"})).json() == {
        "done": "unmuted"
    }
    trail = (await client.get(f"{API}/actions")).json()["items"]
    assert [(a["what"], a["who"]) for a in trail[:1]] in ([("unmute", "mira")], [("mute", "mira")])


async def test_a_delivery_that_waits_is_tried_again_on_the_record(
    world: World, client: httpx.AsyncClient
) -> None:
    waiting = (await client.get(f"{API}/deliveries?state=pending")).json()["items"]
    path = f"{API}/deliveries/{waiting[0]['id']}/retry"
    assert (await client.post(path, json={})).status_code == 422
    assert world.store.actions() == []
    assert (await client.post(path, json={"who": "mira"})).status_code == 202
    assert [(a.who, a.subject) for a in world.store.actions()] == [
        ("mira", waiting[0]["alert"]["id"])
    ]
    unknown = await client.post(f"{API}/deliveries/999/retry", json={"who": "mira"})
    assert unknown.status_code == 404


async def test_the_evidence_is_an_archive(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{API}/policies/loom/evidence.zip?change=loom@1-2")
    assert answer.headers["content-type"] == "application/zip"
    assert "README.txt" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()


@pytest.mark.parametrize("path", ["policies/none", "changes/loom@1-9", "alerts/none", "nothing"])
async def test_what_there_is_not_is_a_problem_for_programs(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(f"{API}/{path}")
    assert (answer.status_code, answer.json()["status"]) == (404, 404)
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.json()["detail"]) > 20


async def test_a_wrong_method_is_a_problem_that_names_the_right_ones(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.delete(f"{API}/policies")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_without_a_token_nothing_is_told(guarded: World) -> None:
    async with browser(guarded) as client:
        for path in ("policies", "alerts/loom@1-2", "policies/loom/evidence.zip", "nothing"):
            answer = await client.get(f"{API}/{path}")
            assert (answer.status_code, answer.json()["status"]) == (401, 401)
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_viewers_token_reads_and_does_not_decide(guarded: World) -> None:
    async with browser(guarded) as client:
        read = await client.get(f"{API}/policies", headers=bearer("pw_otto"))
        refused = await client.post(
            f"{API}/alerts/loom@1-2/decisions", json={"step": "acknowledge"},
            headers=bearer("pw_otto"),
        )  # fmt: skip
    assert (read.status_code, refused.status_code) == (200, 403)
    assert review.find(guarded.store, "loom@1-2").review.state == "new"


async def test_the_name_on_the_record_is_that_of_the_token(guarded: World) -> None:
    async with browser(guarded) as client:
        answer = await client.post(
            f"{API}/alerts/loom@1-2/decisions",
            json={"step": "acknowledge", "who": "somebody else"},
            headers=bearer("pw_mira"),
        )
    assert answer.json()["who"] == "mira"


@pytest.mark.parametrize(
    "path", ["alerts/loom@1-2/decisions", "policies/loom/mute", "deliveries/1/retry"]
)
async def test_a_page_of_another_site_changes_nothing(
    world: World, client: httpx.AsyncClient, path: str
) -> None:
    body = {"step": "acknowledge", "who": "mira", "why": "x", "days": 1}
    answer = await client.post(f"{API}/{path}", json=body, headers=ELSEWHERE)
    assert answer.status_code == 403
    assert world.store.actions(None) == []


async def test_a_body_that_is_no_json_is_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        f"{API}/policies/loom/check", content=b"who=mira",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_handbook_loads_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/docs")
    assert "https://" not in answer.text
    assert "http://" not in answer.text
    for asset in ("swagger-ui-bundle.js", "swagger-ui.css"):
        served = await client.get(f"/api/docs/{asset}")
        assert served.status_code == 200
        assert len(served.content) > 100_000
    assert (await client.get("/api/docs/..%2f__init__.py")).status_code == 404
