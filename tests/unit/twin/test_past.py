"""The map as it was."""

from datetime import UTC, datetime, timedelta
from typing import Any

from quanyu.store import Database
from quanyu.twin import Writer, write_of
from quanyu.twin.map.layers import layer
from quanyu.twin.map.past import Past, past
from quanyu.twin.ngsild.document import parse_entity


async def put(database: Database, tenant: str, number: int, x: float, **more: Any) -> datetime:
    """Answers a moment behind it."""
    place = {"type": "Point", "coordinates": [x, 31]}
    entity = {"id": f"urn:ngsi-ld:Bus:{number}", "type": "Bus", "location": place, **more}
    await Writer(database).submit(tenant, [write_of(parse_entity(entity))])
    return datetime.now(UTC)


async def past_of(database: Database, tenant: str, at: datetime) -> Past:
    async with database.tenant(tenant) as connection:
        return await past(connection, tenant, await layer(connection, tenant, "Bus"), at, None)


async def test_a_thing_stands_where_it_was_then(database: Database, tenant: str) -> None:
    first = await put(database, tenant, 1, 121, name="一路")
    second = await put(database, tenant, 1, 122, speed=30)
    await put(database, tenant, 1, 123)
    for at, lon in ((first, 121), (second, 122), (datetime.now(UTC), 123)):
        found = await past_of(database, tenant, at)
        assert [(one.lon, one.lat) for one in found.items] == [(lon, 31)]
        assert found.moved is (lon != 123)


async def test_what_came_later_was_not_there(database: Database, tenant: str) -> None:
    first = await put(database, tenant, 1, 121)
    await put(database, tenant, 2, 122)
    assert [one.id for one in (await past_of(database, tenant, first)).items] == ["urn:ngsi-ld:Bus:1"]


async def test_what_stands_still_is_where_it_is_however_long_ago_it_came(
    database: Database, tenant: str
) -> None:
    now = await put(database, tenant, 1, 121)
    found = await past_of(database, tenant, now + timedelta(days=3))
    assert ([one.lon for one in found.items], found.moved, found.more) == ([121], False, False)


async def test_a_place_that_was_corrected_is_not_told(database: Database, tenant: str) -> None:
    now = await put(database, tenant, 1, 121)
    async with database.tenant(tenant) as connection:
        await connection.execute(
            "insert into correction (tenant, entity, attribute, upto, ts) values ($1, 'urn:ngsi-ld:Bus:1', 'location', 9, $2)",
            tenant, now,
        )  # fmt: skip
    assert (await past_of(database, tenant, now)).items == ()
