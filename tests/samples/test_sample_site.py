"""The sample site publishes by the clock, answers conditional requests, and makes noise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from starlette.applications import Starlette

from monitor.schedule import parse_every
from web.samples import Sample, catalogue, sample_policies, sample_site
from web.samples.timetable import Timetable

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STEP = timedelta(seconds=8)
SAMPLES = {sample.id: sample for sample in catalogue()}
QUILLBROOK = SAMPLES["sample-quillbrook-privacy"]
CORVANE = SAMPLES["sample-corvane-dpa"]
FENNIMORE = SAMPLES["sample-fennimore-privacy"]
ONDINA = SAMPLES["sample-ondina-privacy"]


@dataclass
class Hands:
    """A clock whose hands the test moves."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def show(self, sample: Sample, name: str) -> None:
        """Move to a moment at which that revision of the sample is live."""
        index = [revision.name for revision in sample.revision].index(name)
        self.now = Timetable(START, STEP).published_at(index) + timedelta(seconds=1)


def browser(site: Starlette) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=site)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8378")


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
async def client(hands: Hands) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(sample_site(started_at=START, step=STEP, clock=hands)) as client:
        yield client


async def test_each_revision_follows_the_one_before_by_the_clock(
    client: httpx.AsyncClient, hands: Hands
) -> None:
    """The age limit is 16 until its revision is published, and 13 from then on."""
    assert "at least 16 years old" in (await client.get(QUILLBROOK.path)).text
    hands.show(QUILLBROOK, "from thirteen")
    assert "at least 13 years old" in (await client.get(QUILLBROOK.path)).text


async def test_the_story_ends_with_the_last_revision(
    client: httpx.AsyncClient, hands: Hands
) -> None:
    """A day later the last revision is still what the site shows."""
    hands.now = START + timedelta(days=1)
    response = await client.get(QUILLBROOK.path)
    assert "We may use journal content to train" in response.text
    assert response.headers["cache-control"] == "max-age=3600"


async def test_a_restarted_site_continues_the_story(hands: Hands) -> None:
    """A new site with the same start shows the same revision."""
    hands.show(FENNIMORE, "the mailing list")
    async with browser(sample_site(started_at=START, step=STEP, clock=hands)) as client:
        assert "We may sell" in (await client.get(FENNIMORE.path)).text


def test_the_whole_story_is_told_within_about_a_minute() -> None:
    """With the default step the last alert is due before a minute is over."""
    timetable = Timetable(START, STEP)
    material = [
        timetable.published_at(index) - START
        for sample in catalogue()
        for index, revision in enumerate(sample.revision)
        if revision.outcome == "material"
    ]
    assert min(material) <= timedelta(seconds=20)
    assert max(material) <= timedelta(seconds=60)


def test_a_clock_that_went_back_shows_the_first_revision() -> None:
    """Before its own start the site has nothing but its first revisions."""
    assert Timetable(START, STEP).live(START - timedelta(hours=1), 7) == 0


def test_the_timetable_says_how_long_a_revision_stays() -> None:
    """Until the next publication; and nothing for the last."""
    timetable = Timetable(START, STEP)
    assert timetable.until_next(START + timedelta(seconds=1), 7) == timedelta(seconds=19)
    assert timetable.until_next(START + timedelta(seconds=20), 7) == timedelta(seconds=8)
    assert timetable.until_next(START + timedelta(hours=1), 7) is None


async def test_an_unchanged_policy_is_answered_with_304(
    client: httpx.AsyncClient, hands: Hands
) -> None:
    """A client that sends the entity tag back gets no body until the policy changes."""
    first = await client.get(CORVANE.path)
    known = {"If-None-Match": first.headers["etag"]}
    again = await client.get(CORVANE.path, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    hands.show(CORVANE, "a fourth sub-processor")
    assert (await client.get(CORVANE.path, headers=known)).status_code == 200


async def test_a_date_alone_is_enough_for_304(client: httpx.AsyncClient, hands: Hands) -> None:
    """If-Modified-Since is honoured where no entity tag is sent; an unreadable one is ignored."""
    first = await client.get(CORVANE.path)
    since = {"If-Modified-Since": first.headers["last-modified"]}
    assert (await client.get(CORVANE.path, headers=since)).status_code == 304
    unreadable = {"If-Modified-Since": "last tuesday"}
    assert (await client.get(CORVANE.path, headers=unreadable)).status_code == 200
    hands.show(CORVANE, "a fourth sub-processor")
    assert (await client.get(CORVANE.path, headers=since)).status_code == 200


async def test_a_failure_has_a_tag_of_its_own(client: httpx.AsyncClient, hands: Hands) -> None:
    """A cookie wall is not mistaken for the policy, nor the policy for the cookie wall."""
    hands.show(ONDINA, "preavviso")
    policy = (await client.get(ONDINA.path)).headers["etag"]
    hands.show(ONDINA, "muro di cookie")
    wall = await client.get(ONDINA.path, headers={"If-None-Match": policy})
    assert wall.status_code == 200
    assert "Prima di continuare" in wall.text
    hands.show(ONDINA, "dopo il muro")
    wall_kept = await client.get(ONDINA.path, headers={"If-None-Match": wall.headers["etag"]})
    policy_kept = await client.get(ONDINA.path, headers={"If-None-Match": policy})
    assert (wall_kept.status_code, policy_kept.status_code) == (200, 304)


async def test_server_trouble_is_an_honest_503(client: httpx.AsyncClient, hands: Hands) -> None:
    """The repair page has its status and says when to come back."""
    hands.show(FENNIMORE, "server trouble")
    response = await client.get(FENNIMORE.path)
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("sample", "name"),
    [
        (sample, revision.name)
        for sample in catalogue()
        for revision in sample.revision
        if revision.outcome == "capture"
    ],
)
async def test_a_failed_capture_looks_like_success(
    client: httpx.AsyncClient, hands: Hands, sample: Sample, name: str
) -> None:
    """Every capture failure comes with status 200, and is much shorter than the policy."""
    policy = await client.get(sample.path)
    hands.show(sample, name)
    failure = await client.get(sample.path)
    assert failure.status_code == 200
    assert len(failure.text) < len(policy.text) / 2
    assert failure.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
async def test_noise_differs_on_every_load_of_a_page_without_strong_tags(
    client: httpx.AsyncClient, sample: Sample
) -> None:
    """Tokens and counters change from load to load, unless the server vouches for every byte."""
    loads = {(await client.get(sample.path)).text for _ in range(4)}
    assert len(loads) == (1 if sample.validators == "strong" else 4)


async def test_the_index_names_every_policy_and_what_it_shows(
    client: httpx.AsyncClient, hands: Hands
) -> None:
    """The index links every sample and tells what has been published, but not what is to come."""
    hands.show(QUILLBROOK, "advertising partners")
    page = (await client.get("/")).text
    for sample in catalogue():
        assert f'href="{sample.path}"' in page
    assert QUILLBROOK.revision[1].note in page
    assert QUILLBROOK.revision[5].note not in page


async def test_robots_may_read_the_policies(client: httpx.AsyncClient) -> None:
    """robots.txt exists and forbids none of the policies."""
    rules = (await client.get("/robots.txt")).text
    disallowed = [line.split(": ")[1] for line in rules.splitlines() if line.startswith("Dis")]
    assert not [s.path for s in catalogue() for rule in disallowed if s.path.startswith(rule)]


async def test_other_pages_of_the_invented_companies_do_not_exist(
    client: httpx.AsyncClient,
) -> None:
    """A link out of a sample ends at an honest 404, with the way back."""
    response = await client.get("/quillbrook/pricing")
    assert response.status_code == 404
    assert 'href="/"' in response.text


async def test_a_test_can_choose_the_revisions_itself(hands: Hands) -> None:
    """``revision`` overrides the timetable, for those who drive the story by hand."""
    site = sample_site(started_at=START, step=STEP, clock=hands, revision=lambda _sample: 1)
    async with browser(site) as client:
        assert "advertising partners, who receive" in (await client.get(QUILLBROOK.path)).text


def test_the_watch_list_declares_every_sample() -> None:
    """Each sample becomes a policy of its own, marked as a sample."""
    policies = sample_policies("http://127.0.0.1:8378/")
    assert [policy.id for policy in policies] == list(SAMPLES)
    for policy in policies:
        assert policy.url == f"http://127.0.0.1:8378{SAMPLES[policy.id].path}"
        assert policy.tags == ("sample",)
        assert policy.service
        assert policy.every == "4s"


@pytest.mark.parametrize(("seconds", "every"), [(8, "4s"), (3, "1.5s"), (1, "1s"), (0.2, "1s")])
def test_samples_are_checked_twice_a_step(seconds: float, every: str) -> None:
    """The interval follows the step, down to the shortest interval there is."""
    policies = sample_policies("http://127.0.0.1:8378", step=timedelta(seconds=seconds))
    assert {policy.every for policy in policies} == {every}
    assert parse_every(every)
