"""The log of what moves is kept for an hour: a demonstration that runs for weeks must not fill a disk."""

from datetime import timedelta

from quanyu.app.demo.city import City
from quanyu.app.demo.entities import car_park_id, vehicle_id
from quanyu.app.node import Node

KEPT = timedelta(hours=1)

_SHORTEN = "delete from change where tenant = $1 and entity = any($2::text[]) and ts < $3"


async def shorten_log(node: Node, city: City) -> None:
    ids = [*map(vehicle_id, city.vehicles), *map(car_park_id, city.car_parks)]
    async with node.database.tenant(node.tenant) as connection:
        await connection.execute(_SHORTEN, node.tenant, ids, node.clock() - KEPT)
