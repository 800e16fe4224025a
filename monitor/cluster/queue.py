"""The queue: procrastinate's tables in the store's database, made and kept up to date here.

Its jobs repeat what the store says (which policies are due), so they are deleted when they end,
however they end, and those of a worker that died are not retried: the store makes new ones.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import procrastinate
import psycopg
import psycopg_pool
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.schema import SchemaManager, migrations_path
from psycopg import sql
from sqlalchemy.engine import URL

from monitor.cluster.batches import Batch
from monitor.errors import StoreError

#: Our jobs among those of other programs that use the same tables.
QUEUE = "policywatch"
#: The task that checks a batch.
CHECK = "policywatch.check"
#: The advisory lock of whoever makes the tables ("policyqu" as a number).
_MAKING = int.from_bytes(b"policyqu", "big")
_CONNECTIONS = 4
#: What is raised where the database does not answer.
LOST = (ConnectorException, psycopg.OperationalError, psycopg_pool.PoolTimeout)


@contextlib.asynccontextmanager
async def opened(url: URL) -> AsyncIterator[procrastinate.App]:
    """The queue in the database at ``url``; its tables are made if they are missing.

    Raises one of ``LOST``, or StoreError where the tables are not ours.
    """
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    await _make_tables(address)
    connector = procrastinate.PsycopgConnector(
        conninfo=address, min_size=1, max_size=_CONNECTIONS, timeout=10
    )
    app = procrastinate.App(connector=connector)
    async with app.open_async():
        yield app


async def enqueue(app: procrastinate.App, batch: Batch) -> bool:
    """Have a batch checked; False where one of its lane waits already."""
    task = app.configure_task(
        CHECK, queue=QUEUE, lock=batch.lane, queueing_lock=f"{QUEUE} {batch.lane}"
    )
    try:
        await task.defer_async(policies=list(batch.policies))
    except AlreadyEnqueued:
        return False
    return True


async def batches_in(app: procrastinate.App) -> tuple[set[str], set[str]]:
    """The lanes that have a batch waiting, and the policies in any batch, waiting or begun."""
    jobs = list(await app.job_manager.list_jobs_async(queue=QUEUE, task=CHECK))
    waiting = {job.lock or "" for job in jobs if job.status == Status.TODO.value}
    return waiting, {policy for job in jobs for policy in policies_of(job)}


async def lost_jobs(app: procrastinate.App, seconds: float) -> list[Job]:
    """Jobs begun by workers that have given no sign of life for so long."""
    jobs = await app.job_manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=seconds)
    return list(jobs)


async def forget(app: procrastinate.App, job: Job) -> bool:
    """Take a lost job out of the queue; False where another worker has done so."""
    try:
        await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
    except ConnectorException:
        return False
    return True


def policies_of(job: Job) -> tuple[str, ...]:
    """The ids of the policies of a job; none for one of another task."""
    found = job.task_kwargs.get("policies")
    return tuple(str(policy) for policy in found) if isinstance(found, list) else ()


# --- the tables ----------------------------------------------------------------------------------


async def _make_tables(address: str) -> None:
    """One process makes or migrates them, others that start meanwhile wait for it.

    The name of the newest migration is kept as the comment of the table of jobs.
    """
    migrations = _migrations()
    async with await psycopg.AsyncConnection.connect(address, connect_timeout=10) as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MAKING,))
        found = await connection.execute(
            "SELECT to_regclass('procrastinate_jobs') IS NOT NULL, "
            "obj_description(to_regclass('procrastinate_jobs'))"
        )
        there, made_by = await found.fetchone() or (False, None)
        if made_by is not None and made_by >= migrations[-1].stem:
            return  # also where a newer worker was quicker, as in a rolling restart
        if not there:
            await connection.execute(SchemaManager.get_schema().encode())
        elif made_by is None:
            raise StoreError(
                "[store] url names a database in which another program keeps a queue of its own "
                "(tables named procrastinate_...). Give policywatch a database of its own"
            )
        else:
            for statements in missing(migrations, made_by):
                await connection.execute(statements)
        comment = sql.SQL("COMMENT ON TABLE procrastinate_jobs IS {}")
        await connection.execute(comment.format(migrations[-1].stem))


def _migrations() -> list[Path]:
    """All that this version of procrastinate brings, the oldest first."""
    return sorted(Path(migrations_path).glob("*.sql"))


def missing(migrations: list[Path], made_by: str) -> Iterator[bytes]:
    """The statements of the migrations that come after the one named ``made_by``."""
    for migration in migrations:
        if migration.stem > made_by:
            yield migration.read_bytes()
