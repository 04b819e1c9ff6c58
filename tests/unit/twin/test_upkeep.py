"""The log has its partitions before its days begin."""

from quanyu.core.entity_source import parse_entity
from quanyu.store import Database
from quanyu.twin import Writer, partitions_ahead, settle, write_of

_DAYS = "select count(*) from pg_inherits where inhparent = 'change'::regclass"


async def test_the_plain_role_has_partitions_made_ahead_once(database: Database) -> None:
    async with database.system() as connection:
        await partitions_ahead(connection, 7)
        assert await partitions_ahead(connection, 9) == 2
        assert await partitions_ahead(connection, 9) == 0
        assert await connection.fetchval(_DAYS) == 11  # today, nine days ahead, and the rest


async def test_no_change_lands_in_the_partition_for_the_rest(database: Database, tenant: str) -> None:
    await Writer(database).submit(tenant, [write_of(parse_entity({"id": "urn:x:1", "type": "A"}))])
    await settle(database)
    async with database.owner() as owner:
        assert await owner.fetchval("select count(*) from change_rest") == 0
        assert await owner.fetchval("select count(*) from change where tenant = $1", tenant) == 1


async def test_a_partition_gives_nothing_to_the_plain_role_directly(database: Database) -> None:
    async with database.owner() as owner:
        granted = await owner.fetch(
            "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid"
            " where i.inhparent = 'change'::regclass and has_table_privilege('quanyu_app', c.oid, 'select')"
        )
    assert granted == []
