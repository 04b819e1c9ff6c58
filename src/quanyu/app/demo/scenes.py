"""The three scenario packs alive: switched on once, given what they begin with, and moved as their cities' days go."""

import asyncio
import json
import socket
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from quanyu.app.demo.arrive import deliver_once
from quanyu.app.demo.city import City
from quanyu.app.demo.dispatch import AMBULANCE, Dispatch, remember_calls
from quanyu.app.demo.door import Door
from quanyu.app.demo.draw import drawn
from quanyu.app.demo.files.driving import CONTROL, PEAK, SINCE, TREATED, driven_days
from quanyu.app.demo.files.scenes import SCENES
from quanyu.app.demo.fleet import FIRM
from quanyu.app.demo.fleet import told as fleet
from quanyu.app.demo.marker import read_marker
from quanyu.app.demo.motion import CITY_TIME, iso, occupied
from quanyu.app.demo.parked import bookings, moves
from quanyu.app.demo.swapping import swap_stations, swaps
from quanyu.app.node import Node
from quanyu.connect.sources import service as sources
from quanyu.connect.sources._sql import set_state
from quanyu.connect.sources.model import SourceInput
from quanyu.connect.sources.places import Places
from quanyu.identity import read_operator_token
from quanyu.store import Connection

PACKS = {
    "sanitation": {"body": "jz-urban", "partners": FIRM},
    "parking": {"body": "jz-transport"},
    "emergency": {"body": "jz-health"},
}
"""For whom each is."""

FLEET = "sanitation-fleet"
TERMS = {
    "firm": FIRM,
    "base": 860_000,
    "late": 0.2,
    "missed": 1,
    "incomplete": 0.2,
    "teleporting": 0.5,
    "idle": 0.5,
    "outside": 0.5,
}
CALL_SECONDS, SWAP_SECONDS, COUNT_SECONDS, FREE_SECONDS = 15, 60, 180, 900
_HISTORY_DAYS, _STAY_DAYS, _KNOWN_LOTS, _LOTS_AT_ONCE = 12, 2, 30, 6
_GATHERED = 120
_BROUGHT = (
    ("parking_reading", "starts_with(lot, 'urn:ngsi-ld:OffStreetParking:car-parks:')"),
    ("parking_stay", "starts_with(lot, 'urn:ngsi-ld:OffStreetParking:car-parks:')"),
    ("parking_booking", "yard in ('yard-1', 'yard-2', 'yard-3')"),
    ("parking_connector", "starts_with(station, 'JZCD')"),
    ("parking_swap", "starts_with(station, 'JZHD')"),
    ("parking_yard", "yard in ('yard-1', 'yard-2', 'yard-3')"),
    ("parking_action", "what='早高峰绿波与绿信比调整'"),
    ("parking_drive", "starts_with(segment, 'urn:ngsi-ld:RoadSegment:roads:')"),
    ("sanitation_record", f"firm='{FIRM}'"),
    ("sanitation_delivery", f"firm='{FIRM}'"),
    ("sanitation_contract", f"firm='{FIRM}'"),
    ("sanitation_book", f"firm='{FIRM}'"),
    ("sanitation_coverage", "section ~ '^N[0-9]{4}N[0-9]{4}$'"),
    ("sanitation_finding", "starts_with(vehicle, '0139000000')"),
    (
        "emergency_call",
        f"(starts_with(call, 'demo-') or call in (select call from emergency_decision where starts_with(ambulance, '{AMBULANCE}')))",
    ),
    ("emergency_decision", f"starts_with(ambulance, '{AMBULANCE}')"),
)
"""Rows of the packs' tables that the city brought."""


async def forget_scenes(connection: Connection, tenant: str) -> None:
    bodies = [meant["body"] for meant in PACKS.values()]
    await connection.execute(
        "update pack_state set settings=settings-'body'-'partners' where tenant=$1 and settings->>'body'=any($2::text[])",
        tenant, bodies,
    )  # fmt: skip
    for table, brought in _BROUGHT:
        if await connection.fetchval("select to_regclass($1) is not null", table):
            await connection.execute(f"delete from {table} where tenant=$1 and {brought}", tenant)


async def set_scenes(node: Node, city: City, door: Door) -> None:
    """Once: a pack that somebody has switched off stays off."""
    for pack, meant in PACKS.items():
        if not await door.was_switched(pack):
            await door.tell("PUT", f"/api/v1/packs/{pack}/settings", json=meant)
            await door.switch(pack, on=True)
    await deliver_once(node, city, door, SCENES)
    if await door.is_on("sanitation"):
        await _begin_sanitation(door)
    if await door.is_on("parking"):
        await _begin_parking(node, city, door)
    if await door.is_on("emergency"):
        await remember_calls(node, city, door)


async def _begin_sanitation(door: Door) -> None:
    """The contract of the firm; a city that has set other terms keeps them."""
    if not (await door.tell("GET", "/api/v1/packs/sanitation/contracts"))["items"]:
        await door.tell("POST", "/api/v1/packs/sanitation/contracts", json=TERMS)


async def _begin_parking(node: Node, city: City, door: Door) -> None:
    await _remember_parking(node, city, door)
    await _remember_stays(node, city, door)
    await _count_streets(node, door)
    for number, park in enumerate(city.car_parks[:3]):
        yard = {
            "name": f"{park.name or park.code}（错时共享）", "spaces": 40 - number * 10, "opens": "18:00:00", "closes": "08:00:00",
            "yuan_an_hour": "3",
        }  # fmt: skip
        await door.tell("PUT", f"/api/v1/packs/parking/yards/yard-{number + 1}", json=yard)
    if not (await door.tell("GET", "/api/v1/packs/parking/bookings"))["items"]:
        for number in (1, 2, 3):
            for one in bookings(city, f"yard-{number}", node.clock()):
                await door.tell("POST", f"/api/v1/packs/parking/yards/yard-{number}/bookings", json=one)


async def _count_streets(node: Node, door: Door) -> None:
    """The days of the floating cars, once each; and what was done about one street."""
    marker = read_marker(node.folder)
    assert marker is not None  # written by at_start
    begun = marker.begun_of("floating-cars")
    counted = (await door.tell("GET", "/api/v1/packs/parking/streets"))["days"]
    for midnight, _ in driven_days(begun):
        if str(midnight.date()) not in counted:
            await door.tell("POST", f"/api/v1/packs/parking/streets/{midnight.date()}")
    done = {
        "street": TREATED, "control": CONTROL, "cause": "signal", "measure": "signal_plan", "what": "早高峰绿波与绿信比调整",
        "day": str((begun - SINCE).astimezone(CITY_TIME).date()), "hours": [PEAK],
    }  # fmt: skip
    if not (await door.tell("GET", "/api/v1/packs/parking/actions"))["items"]:
        await door.tell("POST", "/api/v1/packs/parking/actions", json=done)


async def run_firm(node: Node, city: City) -> None:
    """The firm's platform, a process of its own, with a door for its vehicles; until it ends, or is cancelled."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    said = SourceInput(
        name=FLEET,
        kind="jt808",
        dataset=FLEET,
        settings={"host": "127.0.0.1", "port": port},
        every_seconds=_GATHERED,
    )
    async with node.database.tenant(node.tenant) as connection:
        await sources.add(connection, node.tenant, Places(own=node.folder), said)
        await set_state(connection, node.tenant, FLEET, "active")
    url = urlsplit(node.settings.local_url)
    told = {
        "name": FIRM, "host": url.hostname, "port": url.port, "terminals": port, "seed": node.settings.demo_seed,
        "token": read_operator_token(node.folder), "fleet": fleet(city),
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "quanyu.app.demo_firm", stdin=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None  # a pipe was asked for
    process.stdin.write(json.dumps(told).encode() + b"\n")
    try:
        await process.stdin.drain()
        await process.wait()
    finally:
        process.stdin.close()
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def count_work(node: Node, door: Door) -> None:
    """Today's street cleaning, from the tracks that are there."""
    today = node.clock().astimezone(CITY_TIME).date()
    await door.tell("POST", f"/api/v1/packs/sanitation/days/{today}")


async def tell_free(node: Node, city: City, door: Door) -> None:
    """Free spaces as an operator sends them, vehicles that came and went, the chargers, and the swaps of the last day."""
    now = node.clock()
    await _send_free(city, door, [now])
    await _send_moves(city, door, now - timedelta(seconds=FREE_SECONDS), now)
    await door.tell("POST", "/api/v1/packs/parking/swap-orders", json=_swapped(city, now))
    await door.tell("POST", "/api/v1/packs/parking/connectors", json=_connectors(city, now))


async def _remember_parking(node: Node, city: City, door: Door) -> None:
    """Days of readings until now, so that there is something to learn from and to judge it by; once."""
    known = await door.tell("GET", "/api/v1/packs/parking/free")
    if known["errors"]:
        return
    now = node.clock()
    moments = [now - timedelta(minutes=15 * step) for step in range(_HISTORY_DAYS * 96)]
    for first in range(0, _KNOWN_LOTS, _LOTS_AT_ONCE):
        await _send_free(city, door, moments, slice(first, first + _LOTS_AT_ONCE))


async def _remember_stays(node: Node, city: City, door: Door) -> None:
    """Two days of them; at a later start those that the rest has missed."""
    now = node.clock()
    begin = now - timedelta(days=_STAY_DAYS)
    known = await door.tell(
        "GET", "/api/v1/packs/parking/use", params={"from": iso(begin), "until": iso(now)}
    )
    await _send_moves(city, door, begin, now, anew=not known["items"])


async def _send_moves(city: City, door: Door, begin: datetime, end: datetime, *, anew: bool = False) -> None:
    await door.tell("POST", "/api/v1/packs/parking/readings/t133", json=moves(city, begin, end, anew=anew))


async def _send_free(
    city: City, door: Door, moments: list[datetime], lots: slice = slice(_KNOWN_LOTS)
) -> None:
    lines = ["lot,time,free,spaces"]
    for park in city.car_parks[lots]:
        lot = f"urn:ngsi-ld:OffStreetParking:car-parks:{park.code}"
        lines += [
            f"{lot},{iso(at)},{park.capacity - occupied(city.seed, park, at)},{park.capacity}"
            for at in moments
        ]
    await door.tell("POST", "/api/v1/packs/parking/readings/csv", content="\n".join(lines).encode())


async def tell_swap_stations(node: Node, city: City, door: Door) -> None:
    await door.update(swap_stations(city, node.clock()))


def _swapped(city: City, now: datetime) -> list[dict[str, Any]]:
    """Told again those of the last day are the same: what a rest has missed is there afterwards."""
    found = [
        one
        for station in city.swap_stations
        for one in swaps(city.seed, station, now - timedelta(days=1), now)
    ]
    return [
        {
            "sequence": one.sequence, "station": one.station, "arrived": iso(one.arrived), "begun": iso(one.begun),
            "ended": iso(one.ended) if one.ended <= now else None, "given": one.given, "taken": one.taken, "kwh": one.kwh,
        }
        for one in found
    ]  # fmt: skip


def _connectors(city: City, now: datetime) -> list[dict[str, Any]]:
    found = []
    for station in city.charging_stations:
        for number in range(station.connectors):
            chance = drawn(city.seed, "connector", station.code, number, int(now.timestamp()) // 1800)
            status = chance.choices((1, 3, 2, 4, 0, 255), (45, 38, 8, 4, 3, 2))[0]
            found.append(
                {
                    "connector": f"{station.code}-{number + 1:02}", "station": station.code, "feeder": f"10kV-{station.spot.district.code}",
                    "kw": float(station.power), "status": status, "park": 50 if status in (2, 3) else 10, "at": now.isoformat(),
                }
            )  # fmt: skip
    return found


def steps(node: Node, city: City, door: Door) -> tuple[tuple[float, Callable[[], Awaitable[None]]], ...]:
    """Seconds between, and what is done then while its pack is on."""
    dispatch = Dispatch(node, city, door)
    return (
        (CALL_SECONDS, partial(_while_on, door, "emergency", dispatch.step)),
        (FREE_SECONDS, partial(_while_on, door, "parking", partial(tell_free, node, city, door))),
        (SWAP_SECONDS, partial(_while_on, door, "parking", partial(tell_swap_stations, node, city, door))),
        (COUNT_SECONDS, partial(_while_on, door, "sanitation", partial(count_work, node, door))),
    )


async def _while_on(door: Door, pack: str, step: Callable[[], Awaitable[None]]) -> None:
    if await door.is_on(pack):
        await step()
