"""Row security, JSON, and errors in our own words."""

import asyncio
from datetime import datetime, timedelta, timezone

import asyncpg
import pytest

from quanyu.core.errors import Invalid, Unavailable
from quanyu.store import Contended, Database


@pytest.fixture
async def note(database: Database) -> str:
    """A protected table of this test."""
    async with database.owner() as connection:
        await connection.execute(
            "create table if not exists note(tenant text, body jsonb, primary key (tenant, body))"
        )
        if not await connection.fetchval("select 1 from pg_policies where tablename='note'"):
            await connection.execute("select quanyu_protect('note')")
    return "note"


async def test_a_tenant_sees_its_own_rows_only(database: Database, tenant: str, note: str) -> None:
    async with database.tenant(tenant) as connection:
        await connection.execute("insert into note values ($1, $2)", tenant, {"text": "井盖"})
    async with database.tenant("another") as connection:
        assert await connection.fetch("select * from note") == []
    async with database.tenant(tenant) as connection:
        assert await connection.fetchval("select body from note") == {"text": "井盖"}


async def test_a_row_of_another_tenant_cannot_be_written(database: Database, tenant: str, note: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.tenant(tenant) as connection:
            await connection.execute("insert into note values ('another', '{}')")


async def test_without_a_tenant_no_protected_row_is_seen(database: Database, tenant: str, note: str) -> None:
    async with database.tenant(tenant) as connection:
        await connection.execute("insert into note values ($1, $2)", tenant, {"n": 1})
    async with database.system() as connection:
        assert await connection.fetch("select * from note") == []


async def test_a_value_the_database_cannot_hold_is_the_senders_fault(database: Database) -> None:
    with pytest.raises(Invalid):
        async with database.system() as connection:
            await connection.fetchval("select $1::text", "nul\x00")


async def test_of_two_who_wait_for_each_other_one_is_done_and_the_other_may_do_the_same_again(
    database: Database, tenant: str, note: str
) -> None:
    async with database.tenant(tenant) as connection:
        await connection.execute("insert into note values ($1, '1'), ($1, '2')", tenant)
    both_hold_one = asyncio.Barrier(2)

    async def remove(first: int, second: int) -> None:
        async with database.tenant(tenant) as connection:
            await connection.execute("delete from note where body = $1", first)
            await both_hold_one.wait()
            await connection.execute("delete from note where body = $1", second)

    ends = await asyncio.gather(remove(1, 2), remove(2, 1), return_exceptions=True)
    assert sorted(type(end).__name__ for end in ends) == ["Contended", "NoneType"]
    assert issubclass(Contended, Unavailable)


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("text", "a\0", "NUL"),
        ("int8", 2**70, "beyond what can be kept"),
        ("int4", 2**31, "beyond what can be kept"),
        (
            "timestamptz",
            datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))),
            "beyond what can be kept",
        ),
        ("jsonb", {"a": "\0"}, "NUL"),
    ],
)
async def test_what_no_column_can_keep_is_refused_in_our_own_words(
    database: Database, tenant: str, kind: str, value: object, said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        async with database.tenant(tenant) as connection:
            await connection.fetchval(f"select $1::{kind}", value)
