"""What the processes of a node do together: all do it before the answer; who is not there is not waited for; who was cut off begins afresh."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sized
from contextlib import asynccontextmanager

import pytest

from quanyu.store import Connection, Database
from quanyu.twin.together import CHANNEL, Deed, Together, notice
from tests.patience import eventually

Done = list[tuple[str, str]]


@asynccontextmanager
async def process(database: Database, done: Done, *, of: int) -> AsyncIterator[Together]:
    """One of a node that has so many; it hears the others."""
    ready = asyncio.Event()
    one = Together(database, of)

    async def forget(tenant: str, about: str) -> None:
        done.append((tenant, about))

    one.able(Deed.FORGET_CONTEXT, forget)
    one.begins_afresh(ready.set)
    running = asyncio.create_task(one.run())
    await ready.wait()
    try:
        yield one
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_all_have_done_it_when_it_is_done(database: Database, tenant: str) -> None:
    mine, theirs = Done(), Done()
    async with process(database, mine, of=2) as one, process(database, theirs, of=2):
        await one.do(Deed.FORGET_CONTEXT, tenant, "https://a.example/\nb")
    assert theirs == [(tenant, "https://a.example/\nb")]
    assert theirs[0] in mine


async def test_who_is_not_there_is_not_waited_for(database: Database, tenant: str) -> None:
    mine = Done()
    async with process(database, mine, of=3) as one:
        await one.do(Deed.FORGET_CONTEXT, tenant, "u")
    assert (tenant, "u") in mine


async def test_what_was_committed_is_done_even_where_nobody_waits(database: Database, tenant: str) -> None:
    done = Done()
    async with process(database, done, of=2):
        async with database.tenant(tenant) as connection:
            await connection.execute("select pg_notify($1, $2)", CHANNEL, notice(Deed.FORGET_CONTEXT, tenant))
        await _so_often(done, 1)
    assert done == [(tenant, "")]


async def test_who_was_cut_off_begins_afresh(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers: list[int] = []
    listening = database.listening

    @asynccontextmanager
    async def noted(channel: str, heard: Callable[[str], object]) -> AsyncIterator[Connection]:
        async with listening(channel, heard) as connection:
            numbers.append(await connection.fetchval("select pg_backend_pid()"))
            yield connection

    monkeypatch.setattr(database, "listening", noted)
    times: list[None] = []
    one = Together(database)
    one.begins_afresh(lambda: times.append(None))
    running = asyncio.create_task(one.run())
    await _so_often(times, 1)
    async with database.owner() as connection:
        await connection.execute("select pg_terminate_backend($1)", numbers[0])
    await _so_often(times, 2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def _so_often(seen: Sized, times: int) -> None:
    async def is_so() -> bool:
        return len(seen) == times

    await eventually(is_so)
