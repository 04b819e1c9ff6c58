"""The files of the departments arrive, are catalogued, and begin anew when a dataset has grown long."""

import asyncio
import logging
from collections.abc import Sequence

import msgspec

from quanyu.app.demo.city import City
from quanyu.app.demo.contract import agree
from quanyu.app.demo.door import Door
from quanyu.app.demo.files import DELIVERIES, KEYWORD, Delivery, deliver
from quanyu.app.demo.marker import Marker, read_marker, write_marker
from quanyu.app.demo.matching import JOB, MATCHING
from quanyu.app.demo.rules import RULES
from quanyu.app.node import Node

LONGEST = 500
"""Changes of a dataset that is fed all the time, before it begins anew: every one of them keeps its files."""

FED_ONLY = ("sanitation-fleet",)
"""Datasets that no file begins."""

_log = logging.getLogger("quanyu.demo")


async def arrive(node: Node, city: City, door: Door) -> None:
    """Every file once, into a dataset that holds nothing: what came after it stays. Comes back when all are imported."""
    await deliver_once(node, city, door, DELIVERIES)
    await agree(node)
    await door.match(JOB, MATCHING)
    for rule in RULES:
        await door.keep_rule(rule)


async def deliver_once(node: Node, city: City, door: Door, deliveries: Sequence[Delivery]) -> None:
    marker = _marker(node)
    absent = [delivery for delivery in deliveries if not await door.holds(delivery.dataset)]
    begun = [(delivery, await _send(city, door, delivery, marker)) for delivery in absent]
    for delivery, import_id in begun:
        await _follow(door, delivery, import_id)
    for delivery in deliveries:
        if await door.holds(delivery.dataset):
            await _catalogue(door, delivery)


async def renew(node: Node, city: City, door: Door) -> None:
    """Begins anew what has grown too long, with the history of today: growth is bounded, the city never grows old."""
    for delivery in DELIVERIES:
        if delivery.cycle in {"real_time", "daily"} and await door.versions(delivery.dataset) > LONGEST:
            marker = _marker(node)
            now = node.clock().replace(microsecond=0)
            marker = msgspec.structs.replace(marker, renewed=marker.renewed | {delivery.dataset: now})
            await door.remove(delivery.dataset)
            write_marker(node.folder, marker)
            await _follow(door, delivery, await _send(city, door, delivery, marker))
            await door.publish(delivery.dataset)
    for dataset in FED_ONLY:
        if await door.holds(dataset) and await door.versions(dataset) > LONGEST:
            await door.remove(dataset)


async def _send(city: City, door: Door, delivery: Delivery, marker: Marker) -> str:
    file = await asyncio.to_thread(deliver, delivery, city, marker.begun_of(delivery.dataset))
    return await door.send_file(delivery.dataset, file)


async def _follow(door: Door, delivery: Delivery, import_id: str) -> None:
    state = await door.until_over(import_id)
    if state != "done":
        _log.warning("demonstration file %s: %s", delivery.file, state)


async def _catalogue(door: Door, delivery: Delivery) -> None:
    """Once: what people write afterwards stays."""
    entry = await door.entry(delivery.dataset)
    if KEYWORD in entry["description"]["keywords"]:
        return
    said = {
        "abstract": f"{delivery.about}。{KEYWORD}数据，均为虚构。",
        "keywords": [*entry["description"]["keywords"], KEYWORD],
        "share_type": 1,
        "is_open": delivery.opened,
    }
    if delivery.opened:
        await door.confirm_grade(delivery.dataset)
    await door.describe(delivery.dataset, said)
    await door.publish(delivery.dataset)
    if delivery.opened:
        await door.release(delivery.dataset)


def _marker(node: Node) -> Marker:
    marker = read_marker(node.folder)
    assert marker is not None  # written by at_start
    return marker
