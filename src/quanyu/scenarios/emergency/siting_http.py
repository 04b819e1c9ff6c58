"""Routes of siting: what if more stations stood there. On a branch of the twin they do."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from litestar import post
from litestar.params import FromPath, JSONBody

from quanyu.packs import (
    Asker,
    Database,
    Proposed,
    TheClock,
    TheDatabase,
    city_roads,
    propose,
)
from quanyu.scenarios.emergency import _sql
from quanyu.scenarios.emergency.figures_http import require_zone
from quanyu.scenarios.emergency.siting import sited

_PREFIX = "/api/v1/packs/emergency"
STATION = "AmbulanceStation"

Place = Annotated[list[float], msgspec.Meta(min_length=2, max_length=2)]


class SitingInput(msgspec.Struct, frozen=True, kw_only=True):
    """Stations that stand and places where `more` could; demand are the calls of the time."""

    standing: Annotated[list[Place], msgspec.Meta(max_length=200)]
    candidates: Annotated[list[Place], msgspec.Meta(min_length=1, max_length=200)]
    seconds: Annotated[float, msgspec.Meta(gt=0, le=7200)]
    more: Annotated[int, msgspec.Meta(ge=1, le=50)]
    begin: datetime
    end: datetime


class SitingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`chosen`: places in the list of candidates; shares of the calls reached in time, null where none came."""

    chosen: list[int]
    before: float | None
    after: float | None
    calls: int


class ProposedSiting(SitingAnswer, frozen=True, kw_only=True):
    """`stations`: as they are called on the `branch`, in the order of `chosen`."""

    branch: str
    stations: list[str]


@post(f"{_PREFIX}/sitings", opt={"action": "entity.read"}, status_code=200)
async def site(actor: Asker, database: TheDatabase, data: JSONBody[SitingInput]) -> SitingAnswer:
    """The most calls reached in time, over the roads of the city. Nothing is written."""
    return await _sited(database, actor.tenant, data)


@post(f"{_PREFIX}/branches/{{branch:str}}/sitings", opt={"action": "entity.write"}, status_code=200)
async def site_on_branch(
    actor: Asker, database: TheDatabase, clock: TheClock, branch: FromPath[str], data: JSONBody[SitingInput]
) -> ProposedSiting:
    """As a siting, and the new stations stand on that branch, in place of those proposed there before; never in the live city."""
    found = await _sited(database, actor.tenant, data)
    stations = [proposed(data.candidates[one], f"{one}") for one in found.chosen]
    written = await propose(database, actor, branch, STATION, stations, clock=clock)
    return ProposedSiting(
        chosen=found.chosen, before=found.before, after=found.after, calls=found.calls, branch=branch, stations=written
    )  # fmt: skip


def proposed(place: Sequence[float], code: str) -> Proposed:
    """A station on a branch."""
    return Proposed(place=place, values={"serviceStatus": "proposed", "stationCode": code})


async def _sited(database: Database, tenant: str, data: SitingInput) -> SitingAnswer:
    require_zone(data.begin, data.end)
    async with database.tenant(tenant) as connection:
        graph = await city_roads(connection, tenant)
        past = await _sql.calls_between(connection, tenant, data.begin, data.end)
    if not past:
        return SitingAnswer(chosen=[], before=None, after=None, calls=0)
    calls = [(row["lon"], row["lat"]) for row in past]
    found = await asyncio.to_thread(
        sited, graph, data.standing, data.candidates, calls, seconds=data.seconds, more=data.more
    )
    return SitingAnswer(
        chosen=list(found.chosen), before=float(found.reached.mean()), after=float(found.reached_then.mean()), calls=len(past)
    )  # fmt: skip


routes = (site, site_on_branch)
