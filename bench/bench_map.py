"""The map layer of 1,000,000 points: how long the heaviest tile of each zoom takes, made anew and encoded.

.venv/bin/python bench/bench_map.py [POINTS]
"""

import asyncio
import csv
import json
import random
import sys
import tempfile
import time
from pathlib import Path

from quanyu.store import Database, EmbeddedPostgres, connect_owner, embedded_address, migrate
from quanyu.twin.load import load
from quanyu.twin.map.grid import PLACE_ZOOM, Tile, separate
from quanyu.twin.map.layers import Layer, layers
from quanyu.twin.map.places import PlaceMemory
from quanyu.twin.map.tiles import CityMap
from quanyu.twin.upkeep import settle

TENANT = "bench"
WORDS = "上水井盖噪声扰民坪山道路破损路灯不亮垃圾堆放违章停车占道经营"


def write_points(path: Path, count: int) -> None:
    """A city of `count` cases around one centre, a twentieth of them in the same square."""
    chance = random.Random(1)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        for number in range(count):
            spread = 0.003 if number % 20 == 0 else 0.15
            x, y = round(chance.gauss(121.4, spread), 6), round(chance.gauss(31.2, spread), 6)
            name = "".join(chance.choices(WORDS, k=16))
            document = {
                "name": {"type": "Property", "value": name},
                "status": {"type": "Property", "value": chance.choice(("open", "closed"))},
                "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [x, y]}},
            }
            id = f"urn:ngsi-ld:ServiceRequest:bench:{number}"
            writer.writerow(
                (id, "ServiceRequest", json.dumps(document, ensure_ascii=False), x, y, x, y, "", name)
            )


async def measure(database: Database, layer: Layer) -> None:
    memory = PlaceMemory()
    async with database.tenant(TENANT) as connection:
        begun = time.perf_counter()
        held = await memory.of(connection, TENANT, layer)
        print(
            f"places of the layer read into memory: {time.perf_counter() - begun:.2f} s, {held.places.nbytes / 1e6:.0f} MB"
        )
        print(f"{'zoom':>4} {'tiles':>6} {'worst ms':>9} {'kB':>6}")
        worst = 0.0
        for zoom in range(19):
            times, size = [], 0
            tiles = heaviest(held.places, zoom)
            for tile in tiles:
                begun = time.perf_counter()
                made = await CityMap(memory).tile(connection, TENANT, layer, tile)
                times.append(time.perf_counter() - begun)
                size = max(size, len(made.body))
            worst = max(worst, max(times))
            print(f"{zoom:>4} {len(tiles):>6} {max(times) * 1000:>9.1f} {size / 1000:>6.0f}")
    print(f"worst tile: {worst * 1000:.0f} ms")


def heaviest(places: object, zoom: int) -> list[Tile]:
    """The ten tiles with most points, and ten in the middle."""
    import numpy as np

    codes, counts = np.unique(np.asarray(places) >> 2 * (PLACE_ZOOM - zoom), return_counts=True)
    order = np.argsort(counts)
    chosen = codes[np.concatenate((order[-10:], order[len(order) // 2 :][:10]))]
    columns, rows = separate(np.unique(chosen))
    return [Tile(zoom, int(x), int(y)) for x, y in zip(columns, rows, strict=True)]


async def main(count: int) -> None:
    with tempfile.TemporaryDirectory(prefix="quanyu-bench-") as folder:
        path = Path(folder) / "points.csv"
        write_points(path, count)
        server = EmbeddedPostgres(Path(folder) / "postgres")
        await server.start()
        owner = await connect_owner(embedded_address(server))
        await migrate(owner, ("store", "twin"))
        await owner.close()
        database = await Database.open(embedded_address(server))
        begun = time.perf_counter()
        async with database.tenant(TENANT) as connection:
            loaded = await load(connection, TENANT, [path], import_id="bench", actor="bench")
        seconds = time.perf_counter() - begun
        print(f"load: {loaded.created:,} entities in {seconds:.1f} s, {loaded.created / seconds:,.0f} rows/s")
        begun = time.perf_counter()
        await settle(database)
        print(f"settled in {time.perf_counter() - begun:.1f} s")
        async with database.tenant(TENANT) as connection:
            (layer,) = await layers(connection, TENANT)
        await measure(database, layer)
        await database.close()
        await server.stop()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
