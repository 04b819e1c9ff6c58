"""Keeps the demonstration city moving as long as the node runs, through the doors that real vehicles and sensors use."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from quanyu.app.demo.arrive import arrive, renew
from quanyu.app.demo.cases import live_changes
from quanyu.app.demo.city import City, make_city
from quanyu.app.demo.departing import depart
from quanyu.app.demo.door import Door, open_door
from quanyu.app.demo.entities import car_parks, vehicles
from quanyu.app.demo.files.feeds import AIR_TOPIC, MANHOLE_TOPIC
from quanyu.app.demo.files.requests import changes_file
from quanyu.app.demo.handled import take_over_requests
from quanyu.app.demo.log import shorten_log
from quanyu.app.demo.marker import Marker, read_marker
from quanyu.app.demo.motion import CITY_TIME, Track, air, manhole
from quanyu.app.demo.scenes import run_firm, set_scenes, steps
from quanyu.app.demo.sources import add_hotline, add_sensors, broker
from quanyu.app.demo.start import LOOPBACK
from quanyu.app.node import Node
from quanyu.connect.sources.places import INBOX
from quanyu.evaluate.indicators.rerun import JOB as INDICATORS
from quanyu.store import enqueue

if TYPE_CHECKING:
    from amqtt.client import MQTTClient

VEHICLE_SECONDS, PARK_SECONDS, SENSOR_SECONDS, CASE_SECONDS, UPKEEP_SECONDS = 2, 30, 15, 300, 600
_REST_SECONDS = 30
_LOOK_SECONDS = 1
_LONGEST_GAP = timedelta(hours=6)
_KEPT_EXPORTS = 50

_log = logging.getLogger("quanyu.demo")

Step = Callable[[], Awaitable[None]]


async def move(node: Node) -> None:
    """Until cancelled, or until somebody has left the city; waits for the node's own address first."""
    async with open_door(node) as door:
        await door.wait()
        moving, leaving = asyncio.create_task(_move(node, door)), asyncio.create_task(_until_left(node))
        try:
            await asyncio.wait((moving, leaving), return_when=asyncio.FIRST_COMPLETED)
            if moving.done():
                moving.result()
        finally:
            moving.cancel()
            leaving.cancel()
            await asyncio.gather(moving, leaving, return_exceptions=True)
        if not _marker(node).departed:
            await _until_done(partial(depart, node, door))
        await asyncio.Event().wait()  # a part that ends would end the node


async def _until_left(node: Node) -> None:
    while _marker(node).left is None:  # noqa: ASYNC110 (any process of the node may have said so, in a file)
        await asyncio.sleep(_LOOK_SECONDS)


def _marker(node: Node) -> Marker:
    known = read_marker(node.folder)
    assert known is not None  # written by at_start
    return known


async def _move(node: Node, door: Door) -> None:
    """A part that fails rests and goes on; none stops the node."""
    city = await asyncio.to_thread(make_city, node.settings.demo_seed)
    async with asyncio.TaskGroup() as parts:
        await _until_done(partial(arrive, node, city, door))
        await _until_done(partial(_count, node))
        await _until_done(partial(set_scenes, node, city, door))
        parts.create_task(_repeat(VEHICLE_SECONDS, _vehicles(node, city, door)))
        parts.create_task(_repeat(PARK_SECONDS, _car_parks(node, city, door)))
        parts.create_task(_repeat(_REST_SECONDS, partial(_sense, node, city)))
        parts.create_task(_repeat(CASE_SECONDS, _hotline(node, city)))
        parts.create_task(_take_over(node, city))
        parts.create_task(_repeat(_REST_SECONDS, partial(run_firm, node, city)))
        for seconds, step in steps(node, city, door):
            parts.create_task(_repeat(seconds, step))
        parts.create_task(_upkeep(node, city, door))


def _vehicles(node: Node, city: City, door: Door) -> Step:
    tracks = tuple(Track(vehicle) for vehicle in city.vehicles)

    async def step() -> None:
        await door.update(vehicles(tracks, node.clock()))

    return step


def _car_parks(node: Node, city: City, door: Door) -> Step:
    async def step() -> None:
        await door.update(car_parks(city, node.clock()))

    return step


async def _take_over(node: Node, city: City) -> None:
    await _until_done(partial(take_over_requests, node, city))
    await _until_done(partial(_count, node))


async def _count(node: Node) -> None:
    """Indicators at once, of what has just come: whoever looks at a new city does not wait for their turn."""
    async with node.database.tenant(node.tenant) as connection:
        await enqueue(connection, node.tenant, INDICATORS, {})


def _hotline(node: Node, city: City) -> Step:
    """Writes what opened and closed since the newest export."""
    watched = node.folder / INBOX / "demo-hotline"

    async def step() -> None:
        if not watched.exists():
            watched.mkdir(parents=True)
            async with node.database.tenant(node.tenant) as connection:
                await add_hotline(connection, node.tenant, node.folder, watched)
        await asyncio.to_thread(_export, city, watched, node.clock())

    return step


def _export(city: City, watched: Path, now: datetime) -> None:
    exports = sorted(watched.glob("*.csv"))
    since = now - timedelta(seconds=CASE_SECONDS)
    if exports:
        newest = datetime.fromtimestamp(exports[-1].stat().st_mtime, UTC)
        since = max(newest, now - _LONGEST_GAP)
    for old in exports[:-_KEPT_EXPORTS]:
        old.unlink()
    if cases := live_changes(city, since, now):
        file = watched / f"工单增量_{now.astimezone(CITY_TIME):%Y%m%d_%H%M%S}.csv"
        file.write_bytes(changes_file(cases, now))


async def _sense(node: Node, city: City) -> None:
    """Sensors publish to the broker as long as it runs; it keeps the newest reading for whoever comes later."""
    from amqtt.client import MQTTClient  # slow to load, and a node that is no demonstration never does

    async with broker(LOOPBACK, node.settings.mqtt_port) as port:
        async with node.database.tenant(node.tenant) as connection:
            await add_sensors(connection, node.tenant, node.folder, host=LOOPBACK, port=port)
        client = MQTTClient(config={"auto_reconnect": False})
        await client.connect(f"mqtt://{LOOPBACK}:{port}/")
        try:
            for turn in count():
                await _publish(client, city, node.clock(), manholes=turn % 4 == 0)
                await asyncio.sleep(SENSOR_SECONDS)
        finally:
            await client.disconnect()


async def _publish(client: "MQTTClient", city: City, now: datetime, *, manholes: bool) -> None:
    readings = [(AIR_TOPIC, station.code, air(city.seed, station, now)) for station in city.air_stations]
    if manholes:
        readings += [
            (MANHOLE_TOPIC, station.code, manhole(city.seed, station, now)) for station in city.manholes
        ]
    for topic, code, reading in readings:
        await client.publish(f"{topic}/{code}", msgspec.json.encode(reading), qos=1, retain=True)


async def _upkeep(node: Node, city: City, door: Door) -> None:
    while True:
        await asyncio.sleep(UPKEEP_SECONDS)
        await _persist(partial(renew, node, city, door))
        await _persist(partial(shorten_log, node))


async def _repeat(seconds: float, step: Step) -> None:
    """Every so many seconds by the clock of the loop, however long a step takes."""
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        await _persist(step)
        await asyncio.sleep(max(0.0, began + seconds - loop.time()))


async def _until_done(step: Step) -> None:
    while not await _persist(step):
        pass


async def _persist(step: Step) -> bool:
    """Whether it was done; the node goes on without what fails here, after a rest."""
    try:
        await step()
    except Exception as error:
        _log.warning("demonstration: %r", error)
        await asyncio.sleep(_REST_SECONDS)
        return False
    return True
