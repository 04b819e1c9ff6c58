"""Routes of what-ifs: what more stations would reach, on a branch of the twin that is compared with the live city and dropped."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

import msgspec
import numpy as np
from litestar import delete, get, post
from litestar.params import JSONBody, PathParameter

from quanyu.core.clock import CITY_ZONE, city_day
from quanyu.core.errors import Conflict, NotFound
from quanyu.packs import (
    Asker,
    Connection,
    TheClock,
    TheDatabase,
    branch_names,
    city_roads,
    drop_branch,
    open_branch,
    propose,
    require_days,
    things,
)
from quanyu.scenarios.emergency import _sql, _what_if_sql
from quanyu.scenarios.emergency.siting import Flags, Sited, Square, sited, squares
from quanyu.scenarios.emergency.siting_http import STATION, proposed

_PREFIX = "/api/v1/packs/emergency/what-ifs"
_READ, _WRITE = {"action": "entity.read"}, {"action": "entity.write"}

Name = Annotated[str, PathParameter(max_length=80)]


class WhatIfInput(msgspec.Struct, frozen=True, kw_only=True):
    """`more` stations, for the calls of the days from `since` until `till`, both counted; reached within so many minutes."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._\-]{0,79}$")]
    more: Annotated[int, msgspec.Meta(ge=1, le=50)]
    minutes: Annotated[float, msgspec.Meta(gt=0, le=120)]
    since: date
    till: date


class WhatIfAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of the calls that a station reaches in time: `before` by those that stand, `after` with the proposed ones; `gained` calls."""

    branch: str
    at: datetime
    author: str
    minutes: float
    since: date
    till: date
    standing: int
    more: int
    calls: int
    before: float
    after: float
    gained: int


class SeenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Something on the map. `part`: standing, proposed; or of a square with calls, what of them is reached in time: reached, gained,
    missed, by most of them. `before` and `after`: how many."""

    part: str
    geometry: dict[str, Any]
    calls: int | None = None
    before: int | None = None
    after: int | None = None


class WhatIfs(msgspec.Struct, frozen=True, kw_only=True):
    items: list[WhatIfAnswer]


class WhatIfShown(msgspec.Struct, frozen=True, kw_only=True):
    what_if: WhatIfAnswer
    items: list[SeenAnswer]


@post(_PREFIX, opt=_WRITE)
async def try_out(
    actor: Asker, database: TheDatabase, clock: TheClock, data: JSONBody[WhatIfInput]
) -> WhatIfAnswer:
    """On the branch of this name, which is made where there is none; in place of what was proposed there. 409 without calls or stations."""
    require_days(since=data.since, till=data.till)
    since, until = (
        datetime.combine(day, time(), CITY_ZONE) for day in (data.since, data.till + timedelta(days=1))
    )
    async with database.tenant(actor.tenant) as connection:
        graph = await city_roads(connection, actor.tenant)
        past = await _sql.calls_between(connection, actor.tenant, since, until)
        standing = await _standing(connection, actor.tenant)
    if not past:
        raise Conflict("packs.thing.no_calls")
    calls = [(row["lon"], row["lat"]) for row in past]
    demand = squares(calls)
    candidates = [one.centre for one in demand]
    found = await asyncio.to_thread(
        sited, graph, standing, candidates, calls, seconds=60 * data.minutes, more=data.more
    )
    chosen = [candidates[one] for one in found.chosen]
    await open_branch(database, actor, data.name, clock=clock)
    stations = [proposed(place, f"{number}") for number, place in enumerate(chosen, 1)]
    await propose(database, actor, data.name, STATION, stations, clock=clock)
    async with database.tenant(actor.tenant) as connection:
        await _what_if_sql.put(
            connection, actor.tenant, data.name, at=clock(), author=actor.id, minutes=data.minutes, since=since, until=until,
            calls=len(calls), reached=int(found.reached.sum()), reached_then=int(found.reached_then.sum()),
            body={"standing": standing, "proposed": chosen, "squares": [_counted(one, found) for one in demand]},
        )  # fmt: skip
        (kept,) = await _what_if_sql.on(connection, actor.tenant, [data.name])
    return _told(kept)


@get(_PREFIX, opt=_READ)
async def list_what_ifs(actor: Asker, database: TheDatabase) -> WhatIfs:
    """Those whose branch is there, the newest first."""
    branches = await branch_names(database, actor.tenant)
    async with database.tenant(actor.tenant) as connection:
        rows = await _what_if_sql.on(connection, actor.tenant, branches)
    return WhatIfs(items=[_told(row) for row in rows])


@get(f"{_PREFIX}/{{what_if:str}}", opt=_READ)
async def show_what_if(actor: Asker, database: TheDatabase, what_if: Name) -> WhatIfShown:
    """With the stations and the demand on the map; calls are told by squares, no single one."""
    branches = await branch_names(database, actor.tenant)
    async with database.tenant(actor.tenant) as connection:
        rows = await _what_if_sql.on(connection, actor.tenant, branches & {what_if})
    if not rows:
        raise NotFound("packs.thing.unknown", id=what_if[:80])
    return WhatIfShown(what_if=_told(rows[0]), items=_seen(rows[0]["body"]))


@delete(f"{_PREFIX}/{{what_if:str}}", opt=_WRITE)
async def drop_what_if(actor: Asker, database: TheDatabase, clock: TheClock, what_if: Name) -> None:
    """With its branch."""
    async with database.tenant(actor.tenant) as connection:
        known = await _what_if_sql.remove(connection, actor.tenant, what_if)
    if not known:
        raise NotFound("packs.thing.unknown", id=what_if[:80])
    await drop_branch(database, actor, what_if, clock=clock)


async def _standing(connection: Connection, tenant: str) -> list[tuple[float, float]]:
    """Stations; in a city that knows of none, ambulances wait at its facilities. Raises Conflict where there is neither."""
    for type_ in (STATION, "EmergencyFacility"):
        places = [one.geometry for one in await things(connection, tenant, type_)]
        found = [tuple(place["coordinates"][:2]) for place in places if place and place["type"] == "Point"]
        if found:
            return found
    raise Conflict("packs.thing.no_station")


def _counted(square: Square, found: Sited) -> dict[str, Any]:
    def of(flags: Flags) -> int:
        return int(np.count_nonzero(flags[square.calls]))

    return {
        "place": square.centre,
        "calls": len(square.calls),
        "reached": of(found.reached),
        "then": of(found.reached_then),
    }


def _told(row: Mapping[str, Any]) -> WhatIfAnswer:
    body, calls = row["body"], row["calls"]
    return WhatIfAnswer(
        branch=row["branch"], at=row["at"], author=row["author"], minutes=row["minutes"],
        since=city_day(row["since"]), till=city_day(row["until"]) - timedelta(days=1),
        standing=len(body["standing"]), more=len(body["proposed"]), calls=calls,
        before=row["reached"] / calls, after=row["reached_then"] / calls, gained=row["reached_then"] - row["reached"],
    )  # fmt: skip


def _seen(body: Mapping[str, Any]) -> list[SeenAnswer]:
    stations = [
        SeenAnswer(part=part, geometry=_point(place))
        for part in ("standing", "proposed")
        for place in body[part]
    ]
    return stations + [
        SeenAnswer(
            part=_part(one), geometry=_point(one["place"]), calls=one["calls"], before=one["reached"], after=one["then"]
        )
        for one in body["squares"]
    ]  # fmt: skip


def _part(square: Mapping[str, Any]) -> str:
    half = square["calls"] / 2
    if square["reached"] >= half:
        return "reached"
    return "gained" if square["then"] >= half else "missed"


def _point(place: Sequence[float]) -> dict[str, Any]:
    return {"type": "Point", "coordinates": list(place)}


routes = (try_out, list_what_ifs, show_what_if, drop_what_if)
