"""The first call after a start, over the roads of Beijing in a twin: who calls waits for no network.

python -m bench first_call      real data from QUANYU_REAL_DATA or ../shared/data
"""

import asyncio
import random
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from bench.beijing import FOLDER, beijing
from quanyu.app.node import PACKAGES
from quanyu.packs.schemas import make_schemas
from quanyu.scenarios.emergency import service
from quanyu.scenarios.emergency.matching import Decision, Problem, Scene
from quanyu.store import Database, EmbeddedPostgres, connect_owner, embedded_address, migrate
from quanyu.twin import EntityWrite, Op, Writer

TENANT = "bench"
CENTRE = "chest_pain_centre"
AT_ONCE, CALLS, SLOWED = 500, 60, 20
Row = tuple[str, str, dict[str, Any]]


def roads() -> list[Row]:
    graph = beijing()
    rows = []
    for number, line in enumerate(graph.lines):
        places = np.column_stack(graph.plane.degrees(*shapely.get_coordinates(line).T)).round(6).tolist()
        rows.append(_row("RoadSegment", number, "LineString", places, maximumAllowedSpeed=40, oneway=True))
    return rows


def helpers(chance: random.Random) -> list[Row]:
    words: dict[str, dict[str, object]] = {
        "Ambulance": {},
        "EmergencyFacility": {"capabilities": CENTRE, "onDuty": CENTRE},
    }
    return [
        _row(type_, number, "Point", _place(chance), **values)
        for type_, values in words.items()
        for number in range(100)
    ]


def _place(chance: random.Random) -> list[float]:
    return [chance.uniform(116.2, 116.55), chance.uniform(39.8, 40.05)]


def _row(type_: str, number: int, shape: str, places: list[Any], **values: object) -> Row:
    place = {"type": "GeoProperty", "value": {"type": shape, "coordinates": places}}
    return f"urn:ngsi-ld:{type_}:{number:06d}", type_, {"location": place, **told(**values)}


def told(**values: object) -> dict[str, Any]:
    return {name: {"type": "Property", "value": value} for name, value in values.items()}


async def write(writer: Writer, rows: list[Row]) -> None:
    await writer.submit(
        TENANT, [EntityWrite(id=id_, op=Op.MERGE, types=(type_,), document=doc) for id_, type_, doc in rows]
    )


async def call(database: Database, chance: random.Random) -> tuple[float, Decision]:
    lon, lat = _place(chance)
    begun = time.perf_counter()
    found = await service.answer(database, TENANT, Scene(lon, lat, Problem.CHEST_PAIN), now=datetime.now(UTC))
    return time.perf_counter() - begun, found


async def measure(database: Database) -> None:
    chance, writer = random.Random(1), Writer(database, clock=lambda: datetime.now(UTC))
    rows = roads()
    for begin in range(0, len(rows), AT_ONCE):
        await write(writer, rows[begin : begin + AT_ONCE])
    await write(writer, helpers(chance))
    begun = time.perf_counter()
    first, found = await call(database, chance)
    print(f"{len(rows):,} segments: the first answer after {first:.2f} s, on roads: {found.on_roads}")
    while not found.on_roads:
        await asyncio.sleep(0.1)
        _, found = await call(database, chance)
    print(f"on roads after {time.perf_counter() - begun:.1f} s")
    print(f"then {spread([(await call(database, chance))[0] for _ in range(CALLS)])}")
    took = []
    for _ in range(CALLS):
        some = chance.sample(rows, SLOWED)
        await write(
            writer,
            [(id_, type_, told(averageVehicleSpeed=chance.randrange(5, 60))) for id_, type_, _ in some],
        )
        took.append((await call(database, chance))[0])
    print(f"where traffic told of {SLOWED} segments since the call before {spread(took)}")
    await write(writer, [(*rows[100][:2], told(status="closed"))])
    print(f"after a road closed {(await call(database, chance))[0] * 1000:.0f} ms")
    await writer.close()


def spread(took: list[float]) -> str:
    middle, late = np.quantile(took, (0.5, 0.95)) * 1000
    return f"{middle:.0f} ms (p50), {late:.0f} ms (p95)"


async def main() -> int:
    if not FOLDER.is_dir():
        print(f"skipped: no real data at {FOLDER}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder))
        await server.start()
        owner = await connect_owner(embedded_address(server))
        await migrate(owner, PACKAGES)
        await make_schemas(owner, ["pack:emergency"])
        await owner.close()
        database = await Database.open(embedded_address(server))
        await measure(database)
        await database.close()
        await server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
