"""The log of what moves does not grow for ever."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from quanyu.app.demo.city import make_city
from quanyu.app.demo.entities import car_parks
from quanyu.app.demo.log import KEPT, shorten_log
from quanyu.core.clock import utc_now
from quanyu.core.entity_source import parse_entity
from quanyu.store import Database
from quanyu.twin.model import write_of
from tests.unit.app.demo.test_start import node_of


async def test_the_log_keeps_an_hour_of_what_moves_and_all_of_the_rest(
    database: Database, tenant: str, folder: Path
) -> None:
    node, city = node_of(database, tenant, folder), make_city(1)
    moving = car_parks(city, utc_now())[0]
    resting = {**moving, "id": "urn:ngsi-ld:OffStreetParking:elsewhere:1"}
    await node.twin.writer.submit(tenant, [write_of(parse_entity(one)) for one in (moving, resting)])

    await shorten_log(node, city)
    assert await logged(node.database, tenant) == {moving["id"], resting["id"]}

    later = replace(node, clock=lambda: utc_now() + KEPT + timedelta(minutes=1))
    await shorten_log(later, city)
    assert await logged(node.database, tenant) == {resting["id"]}


async def logged(database: Database, tenant: str) -> set[str]:
    async with database.tenant(tenant) as connection:
        return {
            row["entity"]
            for row in await connection.fetch("select entity from change where tenant = $1", tenant)
        }
