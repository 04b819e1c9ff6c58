"""A node is backed up while it works, and got back on an empty machine, equal row for row."""

import asyncio
import tarfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard

from quanyu.core.actor import Resource, system_actor
from quanyu.core.errors import Conflict, Invalid
from quanyu.identity import Outcome, append_evidence, ensure_administrator, seal, verify
from quanyu.store import Address, Database, EmbeddedPostgres, connect_owner, embedded_address, migrate
from quanyu.store.backup import backup, drill, restore

PACKAGES = ("store", "identity")
TENANT = "jiangzhou"


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedPostgres]:
    started = EmbeddedPostgres(tmp_path_factory.mktemp("backup") / "postgres")
    await started.start()
    yield started
    await started.stop()


@pytest.fixture
async def working(server: EmbeddedPostgres, folder: Path) -> AsyncIterator[Database]:
    """A node with an administrator, sealed evidence, a partition and an index of its own making, and a file."""
    async for database in fresh(server, "working"):
        async with database.owner() as owner:
            await owner.execute(
                """create table if not exists reading (tenant text not null, day date not null, value float8,
                     doubled float8 generated always as (value * 2) stored, primary key (tenant, day)) partition by range (day);
                   create table reading_2026 partition of reading for values from ('2026-01-01') to ('2027-01-01');
                   select quanyu_protect('reading');
                   create index reading_value on reading (value);
                   insert into reading select 'jiangzhou', date '2026-01-01' + n, random() from generate_series(0, 300) n"""
            )
        async with database.tenant(TENANT) as connection:
            await ensure_administrator(connection, TENANT)
        await seal(database, folder, TENANT)
        (folder / "datasets").mkdir()
        (folder / "datasets" / "停车场.parquet").write_bytes(bytes(range(256)) * 5000)
        (folder / "run").mkdir()
        (folder / "run" / "operator.token").write_text("qy_secret")
        yield database


@pytest.fixture
async def scratch(server: EmbeddedPostgres) -> AsyncIterator[Database]:
    async for database in fresh(server, "scratch"):
        async with database.owner() as owner:
            await owner.execute(
                """create table reading (tenant text not null, day date not null, value float8,
                     doubled float8 generated always as (value * 2) stored, primary key (tenant, day)) partition by range (day);
                   select quanyu_protect('reading')"""
            )
        yield database


async def fresh(server: EmbeddedPostgres, name: str) -> AsyncIterator[Database]:
    common = embedded_address(server)
    maintenance = await connect_owner(common)
    await maintenance.execute(f"create database {name}")
    address = Address(owner=common.owner | {"database": name}, plain=common.plain | {"database": name})
    owner = await connect_owner(address)
    await migrate(owner, PACKAGES)
    await owner.close()
    database = await Database.open(address)
    yield database
    await database.close()
    await maintenance.execute(f"drop database {name} with (force)")
    await maintenance.close()


async def test_a_drill_finds_the_restored_node_equal_and_says_how_old_and_how_long(
    working: Database, scratch: Database, folder: Path, tmp_path: Path
) -> None:
    made = await backup(working, folder, tmp_path)
    report = await drill(made.path, scratch, tmp_path / "elsewhere")
    assert report.equal
    assert (report.tables, report.rows, report.files) == (made.tables, made.rows, made.files)
    assert report.rto.total_seconds() > 0
    assert report.rpo >= report.rto


async def test_the_evidence_chain_of_a_restored_node_is_whole_and_goes_on(
    working: Database, scratch: Database, folder: Path, tmp_path: Path
) -> None:
    made = await backup(working, folder, tmp_path)
    elsewhere = tmp_path / "elsewhere"
    await restore(made.path, scratch, elsewhere)
    before = await verify(scratch, elsewhere, TENANT)
    await write(scratch, 3)
    after = await verify(scratch, elsewhere, TENANT)
    assert (before.fault, after.fault, after.entries - before.entries) == (None, None, 3)


async def test_what_a_node_made_at_run_time_comes_back(
    working: Database, scratch: Database, folder: Path, tmp_path: Path
) -> None:
    await restore((await backup(working, folder, tmp_path)).path, scratch, tmp_path / "elsewhere")
    async with scratch.tenant(TENANT) as connection:
        assert await connection.fetchval("select count(*) from reading where doubled = value * 2") == 301
        assert (
            await connection.fetchval("select count(*) from pg_indexes where indexname = 'reading_value'")
            == 1
        )
    async with scratch.tenant("another") as connection:
        assert await connection.fetchval("select count(*) from reading") == 0


async def test_a_backup_is_of_one_instant_while_writers_go_on(
    working: Database, scratch: Database, folder: Path, tmp_path: Path
) -> None:
    async def keep_writing() -> None:
        while True:
            await write(working, 5)
            await seal(working, folder, TENANT)

    writer = asyncio.create_task(keep_writing())
    await asyncio.sleep(0.1)
    made = await backup(working, folder, tmp_path)
    writer.cancel()
    assert (await drill(made.path, scratch, tmp_path / "elsewhere")).equal
    assert (await verify(scratch, tmp_path / "elsewhere", TENANT)).whole


async def test_secrets_that_must_not_travel_stay(working: Database, folder: Path, tmp_path: Path) -> None:
    names = members((await backup(working, folder, tmp_path)).path)
    assert not [name for name in names if name.endswith((".key", ".token"))]
    assert [name for name in names if name.startswith("files/keys/evidence-") and name.endswith(".pub")]
    with_keys = members((await backup(working, folder, tmp_path / "with.tar.zst", keys=True)).path)
    assert "files/keys/evidence.key" in with_keys


async def test_a_node_that_holds_rows_is_not_overwritten(
    working: Database, folder: Path, tmp_path: Path
) -> None:
    made = await backup(working, folder, tmp_path)
    with pytest.raises(Conflict):
        await restore(made.path, working, tmp_path / "elsewhere")
    assert (await verify(working, folder, TENANT)).whole


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
async def test_an_archive_that_was_cut_short_restores_nothing(
    working: Database, scratch: Database, folder: Path, tmp_path: Path, part: float
) -> None:
    path = (await backup(working, folder, tmp_path)).path
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(Invalid):
        await restore(path, scratch, tmp_path / "elsewhere")
    async with scratch.owner() as owner:
        assert await owner.fetchval("select count(*) from account") == 0


@pytest.mark.parametrize(
    ("old", "new"), [(b"\tadmin\t", b"\tnimda\t"), (b"\x00\x01\x02\x03", b"\x00\x01\x02\x04")]
)
async def test_a_changed_row_or_file_in_an_archive_is_found(
    working: Database, scratch: Database, folder: Path, tmp_path: Path, old: bytes, new: bytes
) -> None:
    path = (await backup(working, folder, tmp_path)).path
    with zstandard.open(path, "rb") as raw:
        plain = raw.read()
    assert old in plain
    path.write_bytes(zstandard.compress(plain.replace(old, new, 1)))
    with pytest.raises(Invalid):
        await restore(path, scratch, tmp_path / "elsewhere")


@pytest.mark.parametrize("name", ["files/../outside", "files//etc/outside", "files/a/../../outside"])
async def test_an_archive_cannot_write_outside_the_data_folder(
    scratch: Database, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "evil.tar.zst"
    with zstandard.open(path, "wb") as raw, tarfile.open(fileobj=raw, mode="w|") as tar:
        tar.addfile(tarfile.TarInfo(name))
    with pytest.raises(Invalid):
        await restore(path, scratch, tmp_path / "elsewhere")
    assert "outside" not in [one.name for one in everything_below(tmp_path)]


async def write(database: Database, number: int) -> None:
    async with database.tenant(TENANT) as connection:
        for _ in range(number):
            actor = system_actor(TENANT, "test")
            await append_evidence(
                connection,
                actor,
                "entity.write",
                Resource("entity"),
                Outcome.DONE,
                {"at": datetime.now(UTC), "制表": "\t\n\\"},
            )


def everything_below(folder: Path) -> list[Path]:
    return list(folder.rglob("*"))


def members(path: Path) -> list[str]:
    with zstandard.open(path, "rb") as raw, tarfile.open(fileobj=raw, mode="r|") as tar:
        return tar.getnames()
