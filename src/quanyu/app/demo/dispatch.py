"""Emergency care of the demonstration: calls come, ambulances go, beds fill and empty."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any

import httpx

from quanyu.app.demo.city import City
from quanyu.app.demo.door import Door
from quanyu.app.demo.draw import drawn
from quanyu.app.demo.files.scenes import AMBULANCES, base, hospitals
from quanyu.app.demo.land import Point
from quanyu.app.demo.motion import iso
from quanyu.app.node import Node

_CALLS_EVERY = 180
FACILITY, AMBULANCE = (
    "urn:ngsi-ld:EmergencyFacility:emergency-facilities:",
    "urn:ngsi-ld:Ambulance:ambulances:",
)
_PAST_CALLS = 40
_PAST_PARTS = (
    ("answered", 2, 12), ("accepted", 20, 70), ("dispatched", 10, 130), ("left", 30, 110), ("arrived", 180, 900),
    ("boarded", 180, 500), ("handed_over", 400, 1500), ("closed", 60, 300),
)  # fmt: skip
"""What is noted of a call, and within how many seconds after what was before."""

_PROBLEMS = ("chest_pain", "stroke", "trauma", "child", "other", "cardiac_arrest")


async def remember_calls(node: Node, city: City, door: Door) -> None:
    """Of the last three days, so that figures speak; the same ones again change nothing."""
    now = node.clock()
    begun = node.clock().replace(hour=0, minute=0, second=0, microsecond=0)
    span = {"from": (now - timedelta(days=7)).isoformat(), "until": now.isoformat()}
    if (await door.tell("GET", "/api/v1/packs/emergency/figures", params=span))["runs"]:
        return
    for number in range(_PAST_CALLS):
        chance = drawn(city.seed, "past call", number)
        lon, lat = city.places.spot(chance).point
        at = rang = begun - timedelta(hours=number * 72 / _PAST_CALLS)
        moments = {}
        for moment, low, high in _PAST_PARTS:
            at += timedelta(seconds=chance.uniform(low, high))
            moments[moment] = at.isoformat()
        call = {
            "call": f"past-{rang:%Y%m%d}-{number}", "lon": lon, "lat": lat, "problem": chance.choice(_PROBLEMS),
            "rang": rang.isoformat(), "moments": moments,
        }  # fmt: skip
        await door.tell("POST", "/api/v1/packs/emergency/calls", json=call)


@dataclass(slots=True)
class _Running:
    """A call on its way; `due`: what happens next, and when."""

    call: str
    scene: Point
    ambulance: str
    due: list[tuple[datetime, str]]


@dataclass(slots=True)
class Dispatch:
    """Calls come, ambulances go, beds fill and empty. A call for which nobody is free waits."""

    node: Node
    city: City
    door: Door
    _running: dict[str, _Running] = field(default_factory=dict)
    _waiting: dict[str, Point] = field(default_factory=dict)
    _last: datetime | None = None

    async def step(self) -> None:
        now = self.node.clock()
        if self._last is None:
            await self._end_what_ran(now)
        for one in list(self._running.values()):
            await self._go_on(one, now)
        for told in (await self.door.tell("POST", "/api/v1/packs/emergency/calls/decisions"))["items"]:
            await self._follow(told, now)
        if self._last is None or now - self._last >= timedelta(seconds=_CALLS_EVERY):
            self._last = now
            await self._ring(now)

    async def _end_what_ran(self, now: datetime) -> None:
        """When the node ended: nobody is on the way any more."""
        for one in (await self.door.tell("GET", "/api/v1/packs/emergency/calls"))["items"]:
            await self._note(one["call"], "closed", now)
        for number in range(AMBULANCES):
            ambulance = f"{AMBULANCE}JH{number:03}"
            await self._say(ambulance, "free", self._base(ambulance), now)

    async def _ring(self, now: datetime) -> None:
        chance = drawn(self.city.seed, "call", int(now.timestamp()))
        lon, lat = self.city.places.spot(chance).point
        call = f"demo-{now:%Y%m%d%H%M%S}"
        asked = {
            "call": call, "lon": lon, "lat": lat, "problem": chance.choice(_PROBLEMS), "rang": now.isoformat(),
        }  # fmt: skip
        self._waiting[call] = (lon, lat)
        try:
            told = await self.door.tell("POST", "/api/v1/packs/emergency/calls", json=asked)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != httpx.codes.CONFLICT:
                raise
        else:
            await self._follow(told, now)

    async def _follow(self, told: dict[str, Any], now: datetime) -> None:
        """A new decision: of a call that waited, or with another ambulance than before."""
        call, ambulance = told["call"], told["ambulance"]
        if call in self._waiting:
            due = _course(drawn(self.city.seed, "course", call), told["decision"], now)
            self._running[call] = _Running(call, self._waiting.pop(call), ambulance, due)
        elif call in self._running and self._running[call].ambulance != ambulance:
            await self._say(self._running[call].ambulance, "free", None, now)
            self._running[call].ambulance = ambulance
        else:
            return
        await self._say(ambulance, "busy", None, now)

    async def _go_on(self, one: _Running, now: datetime) -> None:
        while one.due and one.due[0][0] <= now:
            at, moment = one.due.pop(0)
            await self._note(one.call, moment, at)
            if moment in ("arrived", "closed"):
                place = one.scene if moment == "arrived" else self._base(one.ambulance)
                await self._say(one.ambulance, "free" if moment == "closed" else "busy", place, now)
        if not one.due:
            del self._running[one.call]

    async def _note(self, call: str, moment: str, at: datetime) -> None:
        told = {"moment": moment, "at": at.isoformat()}
        await self.door.tell("POST", f"/api/v1/packs/emergency/calls/{call}/moments", json=told)

    async def _say(self, ambulance: str, status: str, place: Point | None, now: datetime) -> None:
        said: dict[str, Any] = {
            "id": ambulance, "type": "Ambulance",
            "serviceStatus": {"type": "Property", "value": status, "observedAt": iso(now)},
        }  # fmt: skip
        if place is not None:
            said["location"] = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": place}}
        await self.door.update([said, *_beds(self.city, now)])

    def _base(self, ambulance: str) -> Point:
        codes = {f"{AMBULANCE}JH{n:03}": n for n in range(AMBULANCES)}
        return base(self.city, codes.get(ambulance, 0))


def _course(chance: Random, decision: dict[str, Any], now: datetime) -> list[tuple[datetime, str]]:
    """When each moment of a call will be, as it was decided."""
    parts = (
        ("answered", chance.uniform(3, 9)), ("accepted", chance.uniform(25, 60)), ("dispatched", chance.uniform(10, 40)),
        ("left", chance.uniform(40, 90)), ("arrived", decision["to_scene"]), ("boarded", chance.uniform(180, 400)),
        ("handed_over", decision["to_facility"] + decision["hand_over"]), ("closed", 60.0),
    )  # fmt: skip
    ends = accumulate(seconds for _, seconds in parts)
    return [(now + timedelta(seconds=end), moment) for end, (moment, _) in zip(ends, parts, strict=True)]


def _beds(city: City, now: datetime) -> list[dict[str, Any]]:
    """Anew every ten minutes; now and then one is full."""
    found = []
    for code, _ in hospitals(city):
        chance = drawn(city.seed, "beds", code, int(now.timestamp()) // 600)
        values = {"capacity": chance.randrange(0, 9), "load": round(chance.uniform(0.2, 0.95), 2)}
        found.append(
            {"id": f"{FACILITY}{code}", "type": "EmergencyFacility"}
            | {
                name: {"type": "Property", "value": value, "observedAt": iso(now)}
                for name, value in values.items()
            }
        )
    return found
