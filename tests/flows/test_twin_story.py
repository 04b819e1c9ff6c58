"""One car park through the twin: registered, observed, seen on the map, found by its name, looked back on, withdrawn."""

import csv
import json
from pathlib import Path

from quanyu.store import Database
from quanyu.twin import (
    EntityQuery,
    EntityWrite,
    Expect,
    Near,
    NoHistory,
    Op,
    Span,
    Writer,
    history,
    label_dataset,
    load,
    query,
    remove_dataset,
    retrieve,
)
from quanyu.twin.map.grid import Tile
from quanyu.twin.map.layers import layers
from quanyu.twin.map.tiles import CityMap
from quanyu.twin.ngsild.document import parse_fragment

PARK = "urn:ngsi-ld:OffStreetParking:register:17"


def register(folder: Path) -> Path:
    document = parse_fragment(
        {
            "name": "江州市人民广场地下停车场",
            "totalSpotNumber": 400,
            "location": {"type": "Point", "coordinates": [121.4737, 31.2304]},
        }
    ).document
    path = folder / "register.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        row = (
            PARK,
            "OffStreetParking",
            json.dumps(document),
            *[121.4737, 31.2304] * 2,
            "",
            "人民广场地下停车场",
        )
        csv.writer(file).writerow(row)
    return path


async def test_a_car_park_from_the_register_to_its_withdrawal(
    database: Database, tenant: str, folder: Path
) -> None:
    async with database.tenant(tenant) as connection:
        loaded = await load(connection, tenant, [register(folder)], import_id="i1", actor="officer")
        await label_dataset(connection, tenant, "register", titles={"zh-CN": "停车场名录"})
    assert loaded.created == 1

    writer = Writer(database)
    for minute, free in enumerate((120, 80, 3)):
        observed = {"availableSpotNumber": {"value": free, "observedAt": f"2026-01-01T08:0{minute}:00Z"}}
        update = EntityWrite(
            id=PARK, op=Op.MERGE, document=parse_fragment(observed).document, expect=Expect.PRESENT
        )
        assert [one.error for one in await writer.submit(tenant, [update])] == [None]

    async with database.tenant(tenant) as connection:
        state = (await retrieve(connection, tenant, PARK)).document
        assert (state["availableSpotNumber"]["value"], state["totalSpotNumber"]["value"]) == (3, 400)

        found = await query(connection, tenant, EntityQuery(text="广场停车"))
        nearby = await query(connection, tenant, EntityQuery(near=Near(121.474, 31.231, 200)))
        assert [one.id for one in (*found.items, *nearby.items)] == [PARK]  # no phrase of the name, but near

        points = await history(
            connection, tenant, PARK, "availableSpotNumber", span=Span(), source=NoHistory()
        )
        assert [point.value for point in points] == [120, 80, 3]

        (layer,) = await layers(connection, tenant)
        assert (layer.id, layer.titles["zh-CN"], layer.located) == (
            "OffStreetParking~register",
            "停车场名录",
            1,
        )
        assert (await CityMap().tile(connection, tenant, layer, Tile(0, 0, 0))).body

        assert await remove_dataset(connection, tenant, "register", cause="withdrawn", actor="officer") == 1
        assert await layers(connection, tenant) == []
