"""Routes of what calls were, and what if more stations stood there."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec
import numpy as np
from litestar import get, post
from litestar.params import JSONBody, QueryParameter

from quanyu.core.errors import Invalid
from quanyu.packs import Asker, TheDatabase, city_roads, most_covered, travel_times
from quanyu.scenarios.emergency import _sql, calls
from quanyu.scenarios.emergency.response import Response

_PREFIX = "/api/v1/packs/emergency"
_READ = {"action": "entity.read"}

Place = Annotated[list[float], msgspec.Meta(min_length=2, max_length=2)]


class FiguresAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Shares answered within 10 s and dispatched within 3 min; mean minutes; mean seconds of the four parts; of runs `until` then."""

    until: datetime
    runs: int
    answered: float
    dispatched: float
    mean_minutes: float
    parts: dict[str, float]
    median_drive: float


class RunAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of each part; `whole` from the answer until the arrival. Neither place nor patient."""

    call: str
    problem: str
    rang: datetime
    answering: float
    accepting: float
    passing_on: float
    leaving: float
    driving: float
    whole: float


class Runs(msgspec.Struct, frozen=True, kw_only=True):
    """`items`: the newest of all `runs`."""

    items: list[RunAnswer]
    runs: int


class SitingInput(msgspec.Struct, frozen=True, kw_only=True):
    """Stations that stand and places where `more` could; demand are the calls of the time. Nothing is written."""

    standing: Annotated[list[Place], msgspec.Meta(max_length=200)]
    candidates: Annotated[list[Place], msgspec.Meta(min_length=1, max_length=200)]
    seconds: Annotated[float, msgspec.Meta(gt=0, le=7200)]
    more: Annotated[int, msgspec.Meta(ge=1, le=50)]
    begin: datetime
    end: datetime


class SitingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`chosen`: places in the list of candidates; shares of the calls reached in time."""

    chosen: list[int]
    before: float
    after: float
    calls: int


@get(f"{_PREFIX}/figures", opt=_READ)
async def show_figures(
    actor: Asker, database: TheDatabase,
    begin: Annotated[datetime, QueryParameter(name="from")], end: Annotated[datetime, QueryParameter(name="until")],
) -> FiguresAnswer:  # fmt: skip
    require_zone(begin, end)
    async with database.tenant(actor.tenant) as connection:
        found = calls.figures(await _sql.calls_between(connection, actor.tenant, begin, end))
    return FiguresAnswer(
        until=end,
        runs=found.targets.runs, answered=found.targets.answered, dispatched=found.targets.dispatched,
        mean_minutes=found.targets.mean_minutes, parts=dict(found.parts), median_drive=found.drive,
    )  # fmt: skip


@get(f"{_PREFIX}/runs", opt=_READ)
async def list_runs(
    actor: Asker, database: TheDatabase,
    begin: Annotated[datetime, QueryParameter(name="from")], end: Annotated[datetime, QueryParameter(name="until")],
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 1000,
) -> Runs:  # fmt: skip
    """What the figures of the same time come from: each run whose moments are all known, the newest first."""
    require_zone(begin, end)
    async with database.tenant(actor.tenant) as connection:
        found = calls.runs(await _sql.calls_between(connection, actor.tenant, begin, end))
    return Runs(items=[_run(row, response) for row, response in found[: -limit - 1 : -1]], runs=len(found))


@post(f"{_PREFIX}/sitings", opt=_READ, status_code=200)
async def site(actor: Asker, database: TheDatabase, data: JSONBody[SitingInput]) -> SitingAnswer:
    """What if more stations stood there: the most calls reached in time, over the roads of the city."""
    require_zone(data.begin, data.end)
    async with database.tenant(actor.tenant) as connection:
        graph = await city_roads(connection, actor.tenant)
        past = await _sql.calls_between(connection, actor.tenant, data.begin, data.end)
    if not past:
        return SitingAnswer(chosen=[], before=0.0, after=0.0, calls=0)
    sites = graph.nearest_nodes([*data.standing, *data.candidates])
    demand = graph.nearest_nodes([(row["lon"], row["lat"]) for row in past])
    reached = np.isfinite(travel_times(graph, sites, demand, limit=data.seconds))
    found = most_covered(reached, np.ones(len(demand)), standing=range(len(data.standing)), more=data.more)
    return SitingAnswer(
        chosen=[one - len(data.standing) for one in found.chosen[len(data.standing) :]],
        before=found.before, after=found.after, calls=len(past),
    )  # fmt: skip


def _run(row: Mapping[str, Any], one: Response) -> RunAnswer:
    return RunAnswer(
        call=row["call"], problem=row["problem"], rang=row["rang"], answering=one.answering, accepting=one.accepting,
        passing_on=one.passing_on, leaving=one.leaving, driving=one.driving, whole=one.whole,
    )  # fmt: skip


def require_zone(*moments: datetime) -> None:
    """Raises Invalid."""
    if any(one.tzinfo is None for one in moments):
        raise Invalid("packs.thing.moment")


routes = (show_figures, list_runs, site)
