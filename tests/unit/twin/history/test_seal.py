"""Days that leave the database, and the one history that is read of both."""

import asyncio
import sys
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from quanyu.store import Database
from quanyu.store.backup import backup
from quanyu.store.backup._sql import snapshot
from quanyu.store.backup.archive import opened
from quanyu.twin import Writer
from quanyu.twin.branches import Branches
from quanyu.twin.history import Archive
from quanyu.twin.history.forget import forget_erased
from quanyu.twin.history.log import Reading, read
from quanyu.twin.history.record import Teller, erase
from quanyu.twin.history.seal import seal
from quanyu.twin.history.sealed import day_path
from tests.patience import eventually
from tests.waiting import waits_for

DAY = date(2020, 5, 1)
NEXT = date(2020, 5, 2)
LAMP = "urn:ngsi-ld:Lamp:1"
NOON = datetime(2020, 5, 1, 12, tzinfo=UTC)


async def logged(database: Database, tenant: str, entity: str, seq: int, value: Any, at: datetime) -> None:
    """A row of a day long past; the node itself would have written it that day."""
    async with database.owner() as connection:
        await connection.execute(
            "insert into change (tenant, seq, entity, type, ts, op, attrs) values ($1, $2, $3, 'Lamp', $4, 1, $5)",
            tenant, seq, entity, at, {"power": {"type": "Property", "value": value}},
        )  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def days(database: Database, tenant: str) -> AsyncIterator[None]:
    """Partitions of two old days; gone again afterwards, whatever was sealed."""
    async with database.owner() as connection:
        for day in (DAY, NEXT):
            bounds = f"from ('{day} 00:00+00') to ('{day + timedelta(days=1)} 00:00+00')"
            await connection.execute(
                f"create table change_{day:%Y%m%d} partition of change for values {bounds}"
            )
    yield
    async with database.owner() as connection:
        for day in (DAY, NEXT):
            await connection.execute(f"drop table if exists change_{day:%Y%m%d}")
        await connection.execute("delete from sealed_day where tenant = $1", tenant)


async def values(database: Database, tenant: str, folder: Path | None) -> list[Any]:
    async with database.tenant(tenant) as connection:
        found = await read(connection, tenant, Reading(entities=[LAMP]), Archive(folder=folder))
    return [one.content["value"] for one in found.get(LAMP, [])]


async def test_a_sealed_day_and_the_rest_of_the_log_are_one_history(
    database: Database, tenant: str, folder: Path, days: None
) -> None:
    await logged(database, tenant, LAMP, 1, 'aus "Norden", 北\n', NOON)
    await logged(database, tenant, LAMP, 2, 2, NOON + timedelta(hours=1))
    await logged(database, tenant, "urn:ngsi-ld:Lamp:2", 3, 3, NOON)
    await logged(database, tenant, LAMP, 4, 4, NOON + timedelta(days=1))
    before = await values(database, tenant, folder)
    (sealed,) = [one for one in await seal(database, folder, before=NEXT) if one.tenant == tenant]
    assert (sealed.day, sealed.rows, sealed.last) == (DAY, 3, 3)
    assert await values(database, tenant, folder) == before == ['aus "Norden", 北\n', 2, 4]
    assert await values(database, tenant, None) == [4]


async def test_a_file_that_is_no_sealed_day_yet_is_nothing(
    database: Database, tenant: str, folder: Path, days: None
) -> None:
    path = day_path(folder, tenant, DAY)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"cut off")
    await logged(database, tenant, LAMP, 1, 1, NOON)
    assert await values(database, tenant, folder) == [1]
    await seal(database, folder, before=NEXT)
    assert await values(database, tenant, folder) == [1]


async def test_a_day_waits_for_whoever_has_still_to_read_it(
    database: Database, tenant: str, folder: Path, days: None
) -> None:
    await logged(database, tenant, LAMP, 5, 1, NOON)
    async with database.tenant(tenant) as connection:
        await connection.execute("insert into reader (tenant, name, seq) values ($1, 'slow', 4)", tenant)
    assert await seal(database, folder, before=NEXT) == []
    async with database.tenant(tenant) as connection:
        await connection.execute("update reader set seq = 5 where tenant = $1", tenant)
    assert [one.tenant for one in await seal(database, folder, before=NEXT)] == [tenant]


async def test_a_reader_who_never_comes_is_not_waited_for_for_ever(
    database: Database, tenant: str, folder: Path, days: None
) -> None:
    await logged(database, tenant, LAMP, 5, 1, NOON)
    async with database.tenant(tenant) as connection:
        await connection.execute("insert into reader (tenant, name, seq) values ($1, 'gone', 4)", tenant)
    assert await seal(database, folder, before=DAY + timedelta(days=29)) == []
    assert [one.tenant for one in await seal(database, folder, before=DAY + timedelta(days=31))] == [tenant]


async def test_no_day_leaves_while_a_backup_reads_the_rows(
    database: Database, tenant: str, folder: Path, days: None
) -> None:
    await logged(database, tenant, LAMP, 1, 1, NOON)
    async with database.owner() as connection, snapshot(connection):
        assert await seal(database, folder, before=NEXT) == []
    assert len(await seal(database, folder, before=NEXT)) == 1


async def test_a_backup_takes_sealed_days_along(
    database: Database, tenant: str, folder: Path, tmp_path: Path, days: None
) -> None:
    await logged(database, tenant, LAMP, 1, 1, NOON)
    await seal(database, folder, before=NEXT)
    done = await backup(database, folder, tmp_path / "city.tar.zst")
    with opened(done.path) as members:
        files = [name for name, _ in members if name.startswith("files/history/")]
    assert files == [f"files/history/{tenant}/20200501.parquet"]


async def test_a_tenant_cannot_name_a_folder_outside(database: Database, folder: Path, days: None) -> None:
    tenant = f"../../{uuid.uuid4().hex}"
    await logged(database, tenant, LAMP, 1, 1, NOON)
    await seal(database, folder, before=NEXT)
    assert day_path(folder, tenant, DAY).parent.parent == folder / "history"
    assert await values(database, tenant, folder) == [1]


@pytest.mark.parametrize("sealed_first", [True, False])
async def test_what_was_erased_leaves_the_files_as_well(
    database: Database, tenant: str, folder: Path, days: None, sealed_first: bool
) -> None:
    for seq, id in enumerate((LAMP, "urn:ngsi-ld:Lamp:2", LAMP), 1):
        await logged(database, tenant, id, seq, seq, NOON)
    async with database.tenant(tenant) as connection:
        await connection.execute("insert into feed (tenant, n) values ($1, 3)", tenant)
        await connection.execute(
            "insert into past_entity (tenant, id, type, created, modified) values ($1, $2, 'Lamp', $3, $3)",
            tenant, LAMP, NOON,
        )  # fmt: skip
        if sealed_first:
            await seal(database, folder, before=NEXT)
        await erase(
            connection, LAMP, Teller(tenant=tenant, actor="t", now=NOON, archive=Archive(folder=folder))
        )
    assert await values(database, tenant, folder) == []
    if not sealed_first:
        await seal(database, folder, before=NEXT)
    assert await forget_erased(database, folder) >= 1
    assert LAMP.encode() not in day_path(folder, tenant, DAY).read_bytes()
    assert await values(database, tenant, folder) == []
    assert await forget_erased(database, folder) == 0


async def test_what_happened_in_a_branch_never_becomes_a_file(
    database: Database, tenant: str, folder: Path, days: None
) -> None:
    branches = Branches(database, Writer(database))
    live = await branches.create(tenant, "urn:ngsi-ld:Snapshot:what-if")
    await logged(database, tenant, LAMP, 1, 1, NOON)
    await logged(database, live.space, LAMP, 1, 2, NOON)
    await logged(database, f"{tenant}~{'0' * 32}", LAMP, 1, 3, NOON)  # of a branch that is gone
    assert {one.tenant for one in await seal(database, folder, before=NEXT)} == {tenant}
    assert [path.name for path in (folder / "history").iterdir()] == [
        day_path(folder, tenant, DAY).parent.name
    ]
    assert await values(database, live.space, folder) == [2]
    async with database.owner() as connection:
        left = await connection.fetch("select tenant from change where ts = $1 order by tenant", NOON)
    assert [row["tenant"] for row in left] == [live.space]
    await branches.drop(live)
    assert await values(database, live.space, folder) == []


async def test_who_reads_while_a_day_leaves_and_the_day_do_not_wait_for_each_other(
    database: Database, tenant: str, folder: Path, days: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[seal.__module__], "_WAIT", "1h")  # however slow the machine is
    await logged(database, tenant, LAMP, 1, 5, NOON)
    async with database.tenant(tenant) as reading:
        assert await reading.fetchval("select count(*) from change") == 1
        sealing = asyncio.create_task(seal(database, folder, before=NEXT))
        sealer = await eventually(lambda: waits_for(reading))
        other = asyncio.create_task(values(database, tenant, folder))
        await eventually(lambda: waits_for(reading, sealer))
    assert await other == [5]
    assert [one.tenant for one in await sealing] == [tenant]
