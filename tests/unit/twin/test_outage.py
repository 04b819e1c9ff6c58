"""The writer answers honestly when the database goes away, and works again when it is back."""

import asyncio

from quanyu.core.actor import Actor
from quanyu.core.errors import Unavailable
from quanyu.store import Database
from quanyu.twin import Outcome, Writer, count, write_of
from quanyu.twin.http import Door, NgsiApp
from quanyu.twin.http.sight import WholeTenant
from quanyu.twin.ngsild.document import parse_entity
from tests.unit.twin.ngsi_client import Client, actor

_CUT = "select pg_terminate_backend(pid, 10000) from pg_stat_activity where usename = 'quanyu_app'"
"""Comes back when they are gone: none is cut in the middle of what follows."""


async def test_what_was_acknowledged_outlives_a_cut_connection(database: Database, tenant: str) -> None:
    writer = Writer(database, group=20)

    async def send(number: int) -> Outcome:
        entity = {"id": f"urn:ngsi-ld:Sensor:{number}", "type": "Sensor", "n": number}
        return (await writer.submit(tenant, [write_of(parse_entity(entity))]))[0]

    sent = asyncio.gather(*(send(number) for number in range(400)))
    await asyncio.sleep(0)
    async with database.owner() as owner:
        await owner.execute(_CUT)
    outcomes = await sent
    assert all(one.error is None or isinstance(one.error, Unavailable) for one in outcomes)
    assert (await send(1000)).error is None
    acknowledged = sum(one.error is None for one in outcomes) + 1
    async with database.tenant(tenant) as connection:
        assert await count(connection, tenant) >= acknowledged


async def test_a_full_queue_is_told(database: Database, tenant: str) -> None:
    writer = Writer(database, group=1, waiting=2)
    write = write_of(parse_entity({"id": "urn:ngsi-ld:Sensor:1", "type": "Sensor"}))
    results = await asyncio.gather(
        *(writer.submit(tenant, [write]) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(one, Unavailable) for one in results) == 2


async def test_closing_answers_everybody_first(database: Database, tenant: str) -> None:
    writer = Writer(database)
    write = write_of(parse_entity({"id": "urn:ngsi-ld:Sensor:1", "type": "Sensor"}))
    waiting = [asyncio.create_task(writer.submit(tenant, [write])) for _ in range(5)]
    await asyncio.sleep(0)
    await writer.close()
    assert [task.result()[0].error for task in waiting] == [None] * 5


async def test_a_batch_of_which_nothing_could_be_written_is_no_success(
    database: Database, tenant: str
) -> None:
    """Many a client takes any 2xx, a 207 too, for one."""
    away = await Database.open(database._address)
    await away.close()

    async def authorize(scope: object, action: str) -> Actor:
        return actor(tenant)

    ngsi = Client(NgsiApp(Door(database=away, writer=Writer(away), sight=WholeTenant()), authorize))
    lamps = [{"id": f"urn:ngsi-ld:Lamp:{number}", "type": "Lamp", "n": 1} for number in range(3)]
    told = await ngsi.ask("POST", "/entityOperations/update", lamps, content_type="application/json")
    assert told.status == 503
