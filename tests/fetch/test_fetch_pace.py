"""Who may start when, with a clock that only moves when someone sleeps."""

import asyncio

from monitor.fetch.pace import Pace


class Hours:
    """A clock for pauses: sleeping moves it, and nothing else does."""

    def __init__(self):
        self.now = 1000.0
        self.sleepers = []

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        done = asyncio.get_running_loop().create_future()
        self.sleepers.append((self.now + seconds, done))
        await done

    async def pass_to_next(self):
        """Let everything run that can run, then wake the earliest sleeper."""
        for _ in range(20):
            await asyncio.sleep(0)
        if self.sleepers:
            self.sleepers.sort(key=lambda sleeper: sleeper[0])
            self.now, done = self.sleepers.pop(0)
            done.set_result(None)


def pace(hours, *, concurrency=64, per_host=1, delay=2.0):
    return Pace(
        concurrency=concurrency, per_host=per_host, delay=delay, now=hours, sleep=hours.sleep
    )


async def starts(turns, hours):
    """Run (host, least delay) turns at once; where and when each started, in order."""
    log = []

    async def one(pacer, host, least):
        async with pacer.turn(host, least):
            log.append((host, hours.now - 1000.0))

    tasks = [asyncio.create_task(one(*turn)) for turn in turns]
    while not all(task.done() for task in tasks):
        await hours.pass_to_next()
    await asyncio.gather(*tasks)
    return log


async def test_pause_between_starts_on_one_host():
    """Requests to one host start in order and at least the delay apart."""
    hours = Hours()
    pacer = pace(hours)
    log = await starts([(pacer, "a", 0.0)] * 4, hours)
    assert log == [("a", 0.0), ("a", 2.0), ("a", 4.0), ("a", 6.0)]


async def test_hosts_do_not_wait_for_each_other():
    """The pause of one host does not hold up another, even with a single place in all."""
    hours = Hours()
    pacer = pace(hours, concurrency=1)
    log = await starts([(pacer, "a", 0.0), (pacer, "a", 0.0), (pacer, "b", 0.0)], hours)
    assert log == [("a", 0.0), ("b", 0.0), ("a", 2.0)]


async def test_longer_pause_that_a_site_asks_for():
    """A crawl delay that is longer than ours counts, a shorter one does not."""
    hours = Hours()
    pacer = pace(hours)
    log = await starts([(pacer, "a", 10.0), (pacer, "a", 0.5), (pacer, "a", 0.5)], hours)
    assert log == [("a", 0.0), ("a", 10.0), ("a", 12.0)]


async def test_cap_per_host_and_in_all():
    """Never more than per_host requests run on a host, nor more than concurrency in all."""
    hours = Hours()
    pacer = pace(hours, concurrency=3, per_host=2, delay=0.0)
    running, most, per_host = [], 0, 0

    async def one(host):
        nonlocal most, per_host
        async with pacer.turn(host):
            running.append(host)
            most, per_host = max(most, len(running)), max(per_host, running.count("a"))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            running.remove(host)

    await asyncio.gather(*(one(host) for host in "aaaaabbbbbccccc"))
    assert (most, per_host) == (3, 2)


async def test_failed_and_cancelled_turns_free_their_places():
    """A place comes back whatever ends the turn, also a cancellation during the pause."""
    hours = Hours()
    pacer = pace(hours, concurrency=1)

    async def fail():
        async with pacer.turn("a"):
            raise ValueError

    assert isinstance((await asyncio.gather(fail(), return_exceptions=True))[0], ValueError)
    waiting = asyncio.create_task(fail())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    hours.now += 10
    hours.sleepers.clear()
    assert len(await starts([(pacer, "a", 0.0), (pacer, "b", 0.0)], hours)) == 2


async def test_memory_over_many_hosts():
    """Fifty thousand hosts leave no trace but the last few."""
    hours = Hours()
    pacer = pace(hours, delay=0.0)
    for number in range(50_000):
        async with pacer.turn(f"host-{number}"):
            pass
    assert len(pacer) < 2000
