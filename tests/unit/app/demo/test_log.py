"""The log of what moves does not grow for ever."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from quanyu.app.demo.city import make_city
from quanyu.app.demo.entities import car_parks, vehicles
from quanyu.app.demo.files import DELIVERIES
from quanyu.app.demo.log import KEPT, MOVING, shorten_log
from quanyu.app.demo.motion import Track
from quanyu.core.clock import utc_now
from quanyu.store import Database
from quanyu.twin.model import write_of
from quanyu.twin.ngsild.document import parse_entity
from tests.unit.app.demo.test_start import node_of


async def test_the_log_keeps_an_hour_of_what_moves_and_all_of_the_rest(
    database: Database, tenant: str, folder: Path
) -> None:
    node, moving = node_of(database, tenant, folder), car_parks(make_city(1), utc_now())[0]
    resting = {**moving, "id": "urn:ngsi-ld:OffStreetParking:elsewhere:1"}
    writes = [
        replace(write_of(parse_entity(one)), dataset=one["id"].split(":")[3]) for one in (moving, resting)
    ]
    await node.twin.writer.submit(tenant, writes)

    await shorten_log(node)
    assert await logged(node.database, tenant) == {moving["id"], resting["id"]}

    await shorten_log(replace(node, clock=lambda: utc_now() + KEPT + timedelta(minutes=1)))
    assert await logged(node.database, tenant) == {resting["id"]}


def test_all_that_moves_is_of_datasets_whose_log_is_shortened() -> None:
    city, now = make_city(1), utc_now()
    moved = [*vehicles([Track(one) for one in city.vehicles], now), *car_parks(city, now)]
    assert {one["id"].split(":")[3] for one in moved} == set(MOVING)
    assert {delivery.dataset for delivery in DELIVERIES} >= set(MOVING)


async def logged(database: Database, tenant: str) -> set[str]:
    async with database.tenant(tenant) as connection:
        return {
            row["entity"]
            for row in await connection.fetch("select entity from change where tenant = $1", tenant)
        }
