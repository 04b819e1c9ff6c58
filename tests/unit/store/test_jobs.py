"""Jobs follow their transaction, are done at least once, and are seen when they are given up."""

import asyncio
from datetime import UTC, datetime, timedelta

from quanyu.core.errors import Invalid
from quanyu.store import Database, Handler, Job, Worker, enqueue, forget_done
from tests.patience import PATIENCE_SECONDS, eventually


async def _state(database: Database, number: int) -> tuple[str, str | None]:
    async with database.system() as connection:
        row = await connection.fetchrow("select state, fault from job where id=$1", number)
    return row["state"], row["fault"]


async def _work_until(
    database: Database, kind: str, handler: Handler, done: asyncio.Event, number: int
) -> tuple[str, str | None]:
    """What became of the job, once its handler has said that it is done and the worker has written that down."""

    async def noted() -> tuple[str, str | None] | None:
        state = await _state(database, number)
        return None if state[0] == "running" else state

    worker = asyncio.create_task(Worker(database, {kind: handler}).run())
    await asyncio.wait_for(done.wait(), PATIENCE_SECONDS)
    found = await eventually(noted)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    return found


async def test_a_job_is_done_after_its_transaction(database: Database, tenant: str) -> None:
    done, bodies = asyncio.Event(), []

    async def note(job: Job) -> None:
        bodies.append(job.body)
        done.set()

    async with database.tenant(tenant) as connection:
        number = await enqueue(connection, tenant, tenant, {"import": "a"})
    assert await _work_until(database, tenant, note, done, number) == ("done", None)
    assert bodies == [{"import": "a"}]


async def test_a_job_with_wrong_input_is_given_up_and_keeps_its_reason(
    database: Database, tenant: str
) -> None:
    done = asyncio.Event()

    async def refuse(job: Job) -> None:
        done.set()
        raise Invalid("store.value", reason="\0broken")

    async with database.tenant(tenant) as connection:
        number = await enqueue(connection, tenant, tenant, {})
    state, fault = await _work_until(database, tenant, refuse, done, number)
    assert (state, "broken" in (fault or "")) == ("dead", True)


async def test_a_fault_of_ours_is_tried_again_later(database: Database, tenant: str) -> None:
    done = asyncio.Event()

    async def stumble(job: Job) -> None:
        done.set()
        raise RuntimeError("stumble")

    async with database.tenant(tenant) as connection:
        number = await enqueue(connection, tenant, tenant, {})
    assert await _work_until(database, tenant, stumble, done, number) == ("waiting", "RuntimeError: stumble")


async def test_a_job_of_a_dead_worker_is_taken_up_again(database: Database, tenant: str) -> None:
    done = asyncio.Event()

    async def note(job: Job) -> None:
        done.set()

    async with database.tenant(tenant) as connection:
        number = await enqueue(connection, tenant, tenant, {})
        long_ago = datetime.now(UTC) - timedelta(minutes=5)
        await connection.execute(
            "update job set state='running', leased_until=$2 where id=$1", number, long_ago
        )
    assert await _work_until(database, tenant, note, done, number) == ("done", None)


async def test_a_worker_that_is_cancelled_in_the_moment_its_job_ends_ends(
    database: Database, tenant: str
) -> None:
    """Where the job is done, the worker is about to wake up and look for the next."""

    async def note(job: Job) -> None:
        await asyncio.sleep(0.1)  # the worker waits by then

    worker = Worker(database, {tenant: note})
    running = asyncio.create_task(worker.run())
    finished = worker._finished

    def finished_and_cancelled(task: asyncio.Task[None]) -> None:
        finished(task)
        running.cancel()

    worker._finished = finished_and_cancelled  # type: ignore[method-assign]
    async with database.tenant(tenant) as connection:
        await enqueue(connection, tenant, tenant, {})
    ended, _ = await asyncio.wait({running}, timeout=PATIENCE_SECONDS)
    assert ended == {running}


async def test_a_job_at_work_is_not_begun_again_when_its_lease_ran_out(
    database: Database, tenant: str
) -> None:
    """As after a pause of the machine: the next look comes before the lease is renewed."""
    begun, rests = 0, asyncio.Event()

    async def work(job: Job) -> None:
        nonlocal begun
        begun += 1
        async with database.system() as connection:
            await connection.execute(
                "update job set leased_until=now()-interval '1 hour' where id=$1", job.id
            )
        async with database.tenant(tenant) as connection:
            await enqueue(connection, tenant, f"{tenant}-after", {})
        await rests.wait()

    async def after(job: Job) -> None:
        rests.set()

    worker = Worker(database, {tenant: work, f"{tenant}-after": after})
    async with database.tenant(tenant) as connection:
        await enqueue(connection, tenant, tenant, {})
    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(rests.wait(), PATIENCE_SECONDS)
    running.cancel()
    assert begun == 1


async def test_a_job_whose_transaction_fails_never_was(database: Database, tenant: str) -> None:
    try:
        async with database.tenant(tenant) as connection:
            await enqueue(connection, tenant, tenant, {})
            raise KeyError
    except KeyError:
        pass
    async with database.system() as connection:
        assert not await connection.fetchval("select count(*) from job where kind=$1", tenant)


async def test_what_ended_well_long_ago_is_forgotten_and_nothing_else(
    database: Database, tenant: str
) -> None:
    async with database.tenant(tenant) as connection:
        numbers = [await enqueue(connection, tenant, tenant, {}) for _ in range(4)]
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    ends = (("done", long_ago), ("done", datetime.now(UTC)), ("dead", long_ago), ("waiting", None))
    async with database.system() as connection:
        for number, (state, finished) in zip(numbers, ends, strict=True):
            await connection.execute(
                "update job set state = $2, finished = $3 where id = $1", number, state, finished
            )
    await forget_done(database, before=long_ago + timedelta(days=1))
    async with database.system() as connection:
        left = await connection.fetch("select id from job where id = any($1::bigint[]) order by id", numbers)
    assert [row["id"] for row in left] == numbers[1:]
