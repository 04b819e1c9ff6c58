"""What stands behind the city on one screen, with a hundred thousand moving things and as many cases: p50 and p95 of each answer.

Run: python bench/bench_overview.py [things] [cases] [of these open]
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from math import cos, sin
from pathlib import Path

from quanyu.act.cases.finding import CaseQuery, find
from quanyu.act.cases.past import Part, open_at, pace
from quanyu.act.cases.pressing import PressingQuery, newest_change, pressing
from quanyu.act.handover.service import draft
from quanyu.app.node import PACKAGES
from quanyu.core.geometry import Box
from quanyu.store import Connection, Database, EmbeddedPostgres, connect_owner, embedded_address, migrate
from quanyu.twin.map.grid import Tile
from quanyu.twin.map.layers import layer, layers, newest_number
from quanyu.twin.map.past import past
from quanyu.twin.map.standing import Standings
from quanyu.twin.map.tiles import CityMap

TENANT = "bench"
DISTRICT = Box(120.1, 30.2, 120.3, 30.4)
# A boundary as districts have them: a thousand corners.
RINGS = (tuple((120.2 + 0.1 * cos(n / 159.2), 30.3 + 0.1 * sin(n / 159.2)) for n in range(1000)),)
ROUNDS = 40

# Things in a square of a degree, each with ten places in the last ten hours.
THINGS = """
insert into entity (tenant, id, type, dataset, doc, bbox, observed, version, created, modified)
select $1, 'urn:ngsi-ld:Vehicle:' || n, 'Vehicle', 'buses', jsonb_build_object(
    'name', jsonb_build_object('type', 'Property', 'value', '车 ' || n),
    'speed', jsonb_build_object('type', 'Property', 'value', n % 60),
    'location', jsonb_build_object('type', 'GeoProperty', 'value', jsonb_build_object('type', 'Point', 'coordinates', jsonb_build_array(x, y)))),
  box(point(x, y), point(x, y)), now() - (n % 90) * interval '1 minute', 11, now() - interval '9 days', now()
from (select n, 120 + (n::bigint * 7919 % 100003) / 1e5 as x, 30 + (n::bigint * 104729 % 100019) / 1e5 as y from generate_series(1, $2::int) n) one
"""
LAYER = """
insert into layer (tenant, type, dataset, entities, located, points, x1, y1, x2, y2, version, modified)
values ($1, 'Vehicle', 'buses', $2, $2, $2, 120, 30, 121.1, 31.1, 1, now())
"""
MOVES = """
insert into change (tenant, seq, entity, type, ts, op, attrs)
select $1, n::bigint * 10 + step, 'urn:ngsi-ld:Vehicle:' || n, 'Vehicle', now() - step * interval '1 hour', 1, jsonb_build_object('location',
  jsonb_build_object('type', 'GeoProperty', 'value', jsonb_build_object('type', 'Point', 'coordinates',
    jsonb_build_array(120 + (n::bigint * 7919 % 100003) / 1e5 + step / 1e3, 30 + (n::bigint * 104729 % 100019) / 1e5))))
from generate_series(1, $2::int) n, generate_series(0, 9) step
"""
CASES = """
insert into case_record (tenant, id, instance, channel, title, follow, state, organisation, lon, lat, reported, closed, outcome, due, changed, words)
select $1, 'C' || n, 'W' || n, 'hotline', '案件 ' || n, '', case when n <= $3 then 'handling' else 'archived' end, 'body' || n % 40,
  120 + (n::bigint * 7919 % 100003) / 1e5, 30 + (n::bigint * 104729 % 100019) / 1e5,
  now() - n * interval '3 minutes', case when n > $3 then now() - n * interval '1 minute' end, case when n > $3 then 'archived' end,
  now() + (n % 4000 - 1000) * interval '1 minute', now() - n * interval '1 minute', to_tsvector('simple', '案件 ' || n)
from generate_series(1, $2::int) n
"""

Ask = Callable[[Connection], Awaitable[object]]


async def main(things: int, cases: int, lying: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        server = EmbeddedPostgres(Path(name) / "postgres")
        await server.start()
        try:
            owner = await connect_owner(embedded_address(server))
            await migrate(owner, PACKAGES)
            await owner.execute("select set_config('quanyu.tenant', $1, false)", TENANT)
            await owner.execute(THINGS, TENANT, things)
            await owner.execute(LAYER, TENANT, things)
            await owner.execute(MOVES, TENANT, things)
            await owner.execute(CASES, TENANT, cases, lying)
            await owner.execute("vacuum analyze")
            await owner.close()
            database = await Database.open(embedded_address(server))
            print(f"{things:,} things with {10 * things:,} moves, {cases:,} cases, {lying:,} of them open")
            await measured(database)
            await database.close()
        finally:
            await server.stop()


async def measured(database: Database) -> None:
    city, standings, now = CityMap(), Standings(), datetime.now(UTC)
    then = now - timedelta(hours=5)

    async def tile(one: Connection, z: int, x: int, y: int) -> None:
        await city.tile(one, TENANT, await layer(one, TENANT, "Vehicle~buses"), Tile(z, x, y))

    async def were(one: Connection, box: Box | None) -> None:
        await past(one, TENANT, await layer(one, TENANT, "Vehicle~buses"), then, box)

    async def moved(one: Connection) -> None:
        await newest_number(one, TENANT)
        await newest_change(one, TENANT)

    async def first(one: Connection) -> None:
        await Standings().of(one, TENANT, None, now)

    whole, part = Part(), Part(None, DISTRICT)
    asks: tuple[tuple[str, Ask], ...] = (
        ("what is live, once a second", moved),
        ("the list of layers", lambda one: layers(one, TENANT)),
        ("a tile from afar (z 9)", lambda one: tile(one, 9, 426, 210)),
        ("a tile from near (z 14)", lambda one: tile(one, 14, 13664, 6733)),
        ("what presses", lambda one: pressing(one, PressingQuery(limit=500), now)),
        ("what presses in a district", lambda one: pressing(one, PressingQuery(limit=500, box=DISTRICT), now)),
        ("what presses within its boundary", lambda one: pressing(one, PressingQuery(limit=500, box=DISTRICT, rings=RINGS), now)),
        ("the list within its boundary", lambda one: find(one, CaseQuery(box=DISTRICT, rings=RINGS, limit=100))),
        ("how things stand", lambda one: standings.of(one, TENANT, None, now)),
        ("how things stand, counted anew", first),
        ("the pace of the day", lambda one: pace(one, TENANT, now, whole, spans=96, minutes=15)),
        ("the pace in a district", lambda one: pace(one, TENANT, now, part, spans=96, minutes=15)),
        ("cases five hours ago", lambda one: open_at(one, TENANT, then, whole)),
        ("cases five hours ago, a district", lambda one: open_at(one, TENANT, then, part)),
        ("things five hours ago", lambda one: were(one, None)),
        ("things five hours ago, a district", lambda one: were(one, DISTRICT)),
        ("the sheet of a shift", lambda one: draft(one, TENANT, now)),
        ("cases that are searched for", lambda one: find(one, CaseQuery(text="案件 77", limit=5))),
    )  # fmt: skip
    for title, ask in asks:
        await told(database, title, ask)


async def told(database: Database, title: str, ask: Ask) -> None:
    times = []
    for _ in range(ROUNDS):
        async with database.tenant(TENANT) as connection:
            began = time.perf_counter()
            await ask(connection)
            times.append((time.perf_counter() - began) * 1000)
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{title:34} p50 {statistics.median(times):7.2f} ms  p95 {p95:7.2f} ms  (goal < 100)", flush=True)


if __name__ == "__main__":
    numbers = [int(one) for one in sys.argv[1:]]
    asyncio.run(main(*(numbers + [100_000, 100_000, 10_000][len(numbers) :])))
