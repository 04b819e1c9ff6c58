"""The log has its partitions before its days begin."""

from dataclasses import replace
from functools import partial

from quanyu.core.clock import utc_now
from quanyu.store import Database
from quanyu.twin import EntityWrite, Writer, partitions_ahead, settle, trim_log, write_of
from quanyu.twin.ngsild.document import parse_entity

_DAYS = """
select to_regclass('change_' || to_char(now() at time zone 'UTC' + step * interval '1 day', 'YYYYMMDD')) is not null
from generate_series(0, 10) as step
"""
_PARENT_OF_THE_REST = (
    "select inhparent::regclass::text from pg_inherits where inhrelid = 'change_rest'::regclass"
)


async def test_the_plain_role_has_partitions_made_ahead_once(database: Database) -> None:
    async with database.system() as connection:
        await partitions_ahead(connection, 7)
        assert await partitions_ahead(connection, 9) == 2
        assert await partitions_ahead(connection, 9) == 0
        there = [row[0] for row in await connection.fetch(_DAYS)]
        assert there == [True] * 10 + [False]  # today and nine days ahead; yesterday's may be there as well
        assert await connection.fetchval(_PARENT_OF_THE_REST) == "change"


async def test_no_change_lands_in_the_partition_for_the_rest(database: Database, tenant: str) -> None:
    await Writer(database).submit(tenant, [write_of(parse_entity({"id": "urn:x:1", "type": "A"}))])
    await settle(database)
    async with database.owner() as owner:
        assert await owner.fetchval("select count(*) from change_rest where tenant = $1", tenant) == 0
        assert await owner.fetchval("select count(*) from change where tenant = $1", tenant) == 1


async def test_a_partition_gives_nothing_to_the_plain_role_directly(database: Database) -> None:
    async with database.owner() as owner:
        granted = await owner.fetch(
            "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid"
            " where i.inhparent = 'change'::regclass and has_table_privilege('quanyu_app', c.oid, 'select')"
        )
    assert granted == []


async def test_the_log_of_a_dataset_is_trimmed_by_age_and_type(database: Database, tenant: str) -> None:
    def one(id_: str, type_: str, dataset: str) -> EntityWrite:
        return replace(write_of(parse_entity({"id": id_, "type": type_})), dataset=dataset)

    begun = utc_now()
    writes = [one("urn:x:1", "A", "moving"), one("urn:x:2", "B", "moving"), one("urn:x:3", "A", "resting")]
    await Writer(database).submit(tenant, writes)
    async with database.tenant(tenant) as connection:
        trim = partial(trim_log, connection, tenant, datasets=["moving"])
        assert await trim(before=begun) == 0
        assert await trim(before=utc_now(), types=["A"]) == 1
        left = await connection.fetch("select entity from change where tenant = $1 order by 1", tenant)
        assert [row["entity"] for row in left] == ["urn:x:2", "urn:x:3"]
        assert await connection.fetchval("select count(*) from entity where tenant = $1", tenant) == 3
