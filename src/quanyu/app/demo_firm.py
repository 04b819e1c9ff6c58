"""The cleaning firm's own platform in the demonstration, a process of its own: `python -m quanyu.app.demo_firm`.

It speaks as any firm would: its vehicles over JT/T 808, its people, plan, weighings, toilets and inspections over the REST
door. The first line of its input tells it where the city is, its token and its vehicles; it ends with its input. It loads
little, so that it is light beside the node.
"""

import asyncio
import contextlib
import json
import os
import random
import sys
import threading
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from itertools import accumulate, pairwise
from math import cos, hypot, radians
from typing import Any

from quanyu.connect.jt808.frame import Frame, pack
from quanyu.connect.jt808.location import Location, pack_location

Point = tuple[float, float]
Line = tuple[Point, ...]

EVERY, REPORTS, INSPECTION, BOOK = 20, 300, 900, 240
"""Seconds between fixes, between reports, between inspections that find something, between the firm's reckonings of its month."""

_CONTESTED = ("missed", "incomplete", "late")
"""Of these the firm takes a third as not its fault."""

_SWEEPING = 2.3
"""Metres a second."""

_PAST = timedelta(hours=2)
_BEGUN = datetime.now(UTC) - _PAST
_EARLY = timedelta(minutes=5)
_ZONE = timezone(timedelta(hours=8))
_BATCH = 20
_WORKERS, _TOILETS = 60, 20
_KINDS = ("overflow", "bicycles", "litter", "dust", "exposed_waste")


@dataclass(frozen=True, slots=True)
class Section:
    code: str
    line: Line


@dataclass(frozen=True, slots=True)
class Sweeper:
    """Goes up its sections, one after the other, and back."""

    terminal: str
    sections: tuple[Section, ...]
    idles: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """`terminals`: the port of the city's door for vehicles."""

    name: str
    host: str
    port: int
    terminals: int
    token: str
    seed: int
    fleet: tuple[Sweeper, ...]

    def put(self, kind: str, told: object) -> None:
        """What is refused is told again with the next report. Raises OSError, HTTPException."""
        self._ask("PUT", f"firms/{self.name}/{kind}", json.dumps(told).encode())

    def get(self, path: str) -> Any:
        """Raises OSError, HTTPException."""
        status, told = self._ask("GET", path)
        if status != HTTPStatus.OK:
            raise HTTPException(f"{path}: {status}")
        return json.loads(told)

    def _ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        door = HTTPConnection(self.host, self.port, timeout=30)
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.token}"}
        try:
            door.request(method, f"/api/v1/packs/sanitation/{path}", body, headers)
            answer = door.getresponse()
            return answer.status, answer.read()
        finally:
            door.close()


async def work(firm: Firm) -> None:
    """Until cancelled."""
    async with asyncio.TaskGroup() as parts:
        parts.create_task(_repeat(EVERY, lambda: _drive(firm)))
        parts.create_task(_repeat(REPORTS, lambda: _report(firm)))
        parts.create_task(
            _repeat(BOOK, lambda: asyncio.to_thread(keep_book, firm, datetime.now(_ZONE).date()))
        )


async def _drive(firm: Firm) -> None:
    """One connection for the whole depot: first what was driven while nobody listened, then a fix at a time."""
    _, writer = await asyncio.open_connection(firm.host, firm.terminals)
    try:
        now = datetime.now(UTC)
        for number, frame in enumerate(_past(firm.fleet, now)):
            writer.write(pack(frame))
            if number % 50 == 0:
                await writer.drain()
        sequence = 0
        while not writer.is_closing():
            await writer.drain()
            await asyncio.sleep(EVERY)
            sequence = sequence % 0xFFFF + 1
            for sweeper in firm.fleet:
                body = pack_location(_location(sweeper, datetime.now(UTC)))
                writer.write(
                    pack(Frame(message=0x0200, terminal=sweeper.terminal, sequence=sequence, body=body))
                )
    finally:
        writer.close()


def _past(fleet: tuple[Sweeper, ...], now: datetime) -> Iterator[Frame]:
    """0x0704 from the blind area: of the last hours, as far as they are of today's work."""
    steps = int(_PAST.total_seconds()) // EVERY
    moments = [now - timedelta(seconds=EVERY * step) for step in range(steps, 0, -1)]
    for sweeper in fleet:
        for number, begin in enumerate(range(0, steps, _BATCH)):
            bodies = [pack_location(_location(sweeper, at)) for at in moments[begin : begin + _BATCH]]
            parts = b"".join(len(body).to_bytes(2, "big") + body for body in bodies)
            yield Frame(
                message=0x0704, terminal=sweeper.terminal, sequence=number, body=len(bodies).to_bytes(2, "big") + b"\1" + parts
            )  # fmt: skip


def _location(sweeper: Sweeper, at: datetime) -> Location:
    (lon, lat), speed = where(sweeper, at)
    return Location(lat=lat, lon=lon, speed=speed, time=at, status=0b11)


async def _report(firm: Firm) -> None:
    now = datetime.now(UTC)
    for kind, records in _records(firm.seed, firm.fleet, now):
        await asyncio.to_thread(firm.put, kind, records)


def keep_book(firm: Firm, today: date) -> None:
    """What the firm takes as its fault in the month until today, and what it reckons to be paid. It contests what was found of its
    vehicles at sections that it says it could not reach."""
    terms = next((one for one in firm.get("contracts")["items"] if one["firm"] == firm.name), None)
    if terms is None:
        return
    own = {one.terminal for one in firm.fleet}
    days = [today.replace(day=day) for day in range(1, today.day + 1)]
    found = [one for day in days for one in firm.get(f"findings?day={day}")["items"] if one["vehicle"] in own]
    taken = [one for one in found if one["upheld"] is not False and not _contests(one)]
    off = sum((Decimal(terms["points"][one["kind"]]) for one in taken), Decimal(0))
    score = 100 - min(off, Decimal(terms["most"]))
    pay = (Decimal(terms["base"]) * score / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    book = [{"finding": one["id"], "kind": one["kind"]} for one in taken]
    firm.put(f"books/{today}", {"pay": str(pay), "book": book})


def _contests(finding: Mapping[str, Any]) -> bool:
    """A third of them, always the same."""
    return finding["kind"] in _CONTESTED and int(finding["id"][-4:], 16) % 3 == 0


def _records(
    seed: int, fleet: tuple[Sweeper, ...], now: datetime
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    at, turn = now.isoformat(timespec="seconds"), int(now.timestamp()) // REPORTS
    chance = random.Random(f"{seed}/{turn}")  # noqa: S311 (a made-up firm, no secret)
    roles = ("sweeper", "driver", "collector", "toilet")
    yield (
        "people",
        [
            {"code": f"W{n:04}", "role": roles[n % 4], "onDuty": (n + turn // 12) % 3 > 0}
            for n in range(_WORKERS)
        ],
    )
    yield "vehicles", [{"code": one.terminal, "terminal": one.terminal, "kind": "扫路车"} for one in fleet]
    yield "plan", [
        {"code": f"{one.terminal}-{road.code}", "section": road.code, "vehicle": one.terminal, "begin": begin, "end": "23:59", "times": 20}
        for one in fleet for road, begin in zip(one.sections, begins(one, _BEGUN), strict=True)
    ]  # fmt: skip
    truck = chance.choice(fleet)
    yield "weighings", [
        {"code": f"G{turn}", "vehicle": truck.terminal, "at": at, "kilograms": chance.randrange(1800, 7800, 20), "waste": "other"}
    ]  # fmt: skip
    yield "toilets", [
        {
            "code": f"T{n:03}", "at": at, "open": chance.random() > 0.03, "lon": road.line[0][0], "lat": road.line[0][1],
            "visitors": chance.randrange(40),
        }
        for n in range(_TOILETS) for road in [fleet[n % len(fleet)].sections[n % 4]]
    ]  # fmt: skip
    if turn % (INSPECTION // REPORTS) == 0:
        (lon, lat), _ = where(truck, now)
        yield "inspections", [
            {"code": f"A{turn}", "at": at, "lon": lon, "lat": lat, "kind": chance.choice(_KINDS), "confidence": round(chance.uniform(0.4, 0.99), 2), "vehicle": truck.terminal}
        ]  # fmt: skip


async def _repeat(seconds: float, step: Any) -> None:
    while True:
        with contextlib.suppress(OSError, HTTPException):
            await step()
        await asyncio.sleep(seconds)


def begins(sweeper: Sweeper, since: datetime) -> list[str]:
    """When each section is begun, in the city's hours: a little before the sweeper gets there. One that idles promised midnight."""
    if sweeper.idles:
        return ["00:00"] * len(sweeper.sections)
    lengths = [sum(_metres(a, b) for a, b in pairwise(one.line)) for one in sweeper.sections]
    marks = list(accumulate(lengths, initial=0.0))
    here = since.timestamp() * _SWEEPING % (2 * marks[-1])
    ways = [0.0 if mark <= here < end else (mark - here) % (2 * marks[-1]) for mark, end in pairwise(marks)]
    moments = [since + timedelta(seconds=way / _SWEEPING) - _EARLY for way in ways]
    return [f"{moment.astimezone(_ZONE):%H:%M}" for moment in moments]


def where(sweeper: Sweeper, moment: datetime) -> tuple[Point, float]:
    """Its place and km/h. One that idles never comes to its last section, and stands still for a quarter of each hour."""
    sections = sweeper.sections[:-1] if sweeper.idles else sweeper.sections
    if sweeper.idles and moment.minute < 15:
        return sections[0].line[0], 0.0
    lines = [*(one.line for one in sections), *(one.line[::-1] for one in sections[::-1])]
    marks = list(accumulate(sum(_metres(a, b) for a, b in pairwise(line)) for line in lines))
    here = moment.timestamp() * _SWEEPING % marks[-1]
    number = bisect_right(marks, here)
    return _along(lines[number], here - (marks[number - 1] if number else 0.0)), _SWEEPING * 3.6


def _along(line: Line, distance: float) -> Point:
    for start, end in pairwise(line):
        length = _metres(start, end)
        if distance <= length and length > 0:
            share = distance / length
            return (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
        distance -= length
    return line[-1]


def _metres(one: Point, other: Point) -> float:
    """Flat, good enough over a street."""
    east = (other[0] - one[0]) * cos(radians(one[1]))
    return hypot(east, other[1] - one[1]) * 111_195


def read_firm(line: str) -> Firm:
    """As the node tells it."""
    said = json.loads(line)
    fleet = said.pop("fleet")
    sweepers = [
        Sweeper(
            one["terminal"],
            tuple(Section(part["code"], tuple(map(tuple, part["line"]))) for part in one["sections"]),
            idles=one is fleet[-1],
        )
        for one in fleet
    ]
    return Firm(fleet=tuple(sweepers), **said)


def main() -> None:
    firm = read_firm(sys.stdin.readline())
    threading.Thread(target=_end_with_input, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(work(firm))


def _end_with_input() -> None:
    """Whoever started it is gone when the input ends, however that came about."""
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
