"""What is over is gone: entities and attributes with expiresAt."""

from datetime import UTC, datetime, timedelta

from quanyu.core.entity import Entity
from quanyu.core.errors import Invalid
from quanyu.store import Database
from quanyu.twin.expiry import Sweeper
from quanyu.twin.provision import Create, Delete
from quanyu.twin.query import retrieve_many
from quanyu.twin.writer import Writer

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SOON = NOON + timedelta(minutes=1)
ID = "urn:ngsi-ld:Alert:1"


class Watch:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def alert(document: dict[str, object] | None = None, expires: datetime | None = None) -> Create:
    return Create(id=ID, entity=Entity(id=ID, types=("Alert",), document=document or {}, expires=expires))


async def log(database: Database, tenant: str) -> list[tuple[int, dict[str, object], object]]:
    async with database.tenant(tenant) as connection:
        rows = await connection.fetch("select op, attrs, was from change order by seq")
    return [(row["op"], row["attrs"], row["was"]) for row in rows]


async def test_an_entity_leaves_when_its_time_is_over(database: Database, tenant: str) -> None:
    watch = Watch()
    writer = Writer(database, clock=watch)
    await writer.submit(tenant, [alert({"level": {"type": "Property", "value": 3}}, SOON)])
    sweeper = Sweeper(database, writer, clock=watch)
    await sweeper.sweep()
    async with database.tenant(tenant) as connection:
        assert await connection.fetchval("select count(*) from entity") == 1
    watch.now = SOON
    await sweeper.sweep()
    assert (await log(database, tenant))[-1] == (3, {}, {"level": {"type": "Property", "value": 3}})
    async with database.tenant(tenant) as connection:
        assert await connection.fetchval("select entities from layer") == 0


async def test_only_the_attribute_that_is_over_leaves(database: Database, tenant: str) -> None:
    watch = Watch()
    writer = Writer(database, clock=watch)
    warning = {"type": "Property", "value": "wind", "expiresAt": SOON.isoformat()}
    await writer.submit(tenant, [alert({"warning": warning, "level": {"type": "Property", "value": 3}})])
    watch.now = SOON
    await Sweeper(database, writer, clock=watch).sweep()
    async with database.tenant(tenant) as connection:
        row = await connection.fetchrow("select doc, due from entity")
    assert (list(row["doc"]), row["due"]) == (["level"], None)
    assert (await log(database, tenant))[-1] == (4, {"warning": None}, {"warning": warning})


async def test_an_entity_that_is_over_is_not_there_for_writers_either(
    database: Database, tenant: str
) -> None:
    watch = Watch()
    writer = Writer(database, clock=watch)
    await writer.submit(tenant, [alert(expires=SOON)])
    watch.now = SOON
    (outcome,) = await writer.submit(tenant, [alert()])
    assert (outcome.created, outcome.error) == (True, None)
    (gone,) = await writer.submit(tenant, [Delete(id=ID)])
    assert gone.error is None
    assert [op for op, _, _ in await log(database, tenant)] == [2, 3, 2, 3]


async def test_what_would_be_over_at_once_is_refused(database: Database, tenant: str) -> None:
    (outcome,) = await Writer(database, clock=Watch()).submit(tenant, [alert(expires=NOON)])
    assert isinstance(outcome.error, Invalid)


async def test_nobody_sees_it_before_the_sweeper_comes(database: Database, tenant: str) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    earlier = Watch()
    earlier.now = past - timedelta(seconds=1)
    over = {"type": "Property", "value": 1, "expiresAt": past.isoformat()}
    gone = Create(id="urn:x:2", entity=Entity(id="urn:x:2", types=("Alert",), document={}, expires=past))
    writer = Writer(database, clock=earlier)
    await writer.submit(tenant, [alert({"a": over, "b": {"type": "Property", "value": 2}}), gone])
    async with database.tenant(tenant) as connection:
        found = await retrieve_many(connection, tenant, [ID, "urn:x:2"])
    assert {id: list(one.document) for id, one in found.items()} == {ID: ["b"]}
