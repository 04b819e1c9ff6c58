"""Routes of how car parks are used, and of the stays that this comes from."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import QueryParameter

from quanyu.core.errors import Invalid
from quanyu.core.page_token import page_token, place_of
from quanyu.packs import Asker, TheDatabase, things
from quanyu.scenarios.parking import _sql, service
from quanyu.scenarios.parking.charging_http import Behind
from quanyu.scenarios.parking.occupancy import Use

_PREFIX = "/api/v1/packs/parking"
_READ = {"action": "entity.read"}
_MOST = 1000

Begin = Annotated[datetime, QueryParameter(name="from")]
End = Annotated[datetime, QueryParameter(name="until")]
Lot = Annotated[str, QueryParameter(max_length=200)]


class UseAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """利用率, 周转率 (vehicles a space and day), 平均停放时长 (hours), 高峰饱和度, 供需缺口 (spaces). `thing`: the car park in the twin."""

    lot: str
    name: str
    thing: str | None
    spaces: int
    utilisation: float
    turnover: float
    mean_hours: float
    saturation: float
    gap: int


class Uses(msgspec.Struct, frozen=True, kw_only=True):
    items: list[UseAnswer]


class StayAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A vehicle in a space; of one that came before or is still there, the part in the time asked for."""

    begin: datetime
    end: datetime
    minutes: float


class Stays(msgspec.Struct, frozen=True, kw_only=True):
    """`items`: the newest of all `stays`."""

    items: list[StayAnswer]
    stays: int
    next: str | None


@get(f"{_PREFIX}/use", opt=_READ)
async def show_use(actor: Asker, database: TheDatabase, begin: Begin, end: End) -> Uses:
    """From vehicles that came and went."""
    _require_span(begin, end)
    async with database.tenant(actor.tenant) as connection:
        known = await things(connection, actor.tenant, service.TYPE)
        found = await service.use_by_lot(connection, actor.tenant, known, begin, end)
    parks = {one.id: one for one in known}
    return Uses(
        items=[
            _use(lot, service.name_of(lot, parks.get(lot)), lot if lot in parks else None, one)
            for lot, one in found.items()
        ]
    )


@get(f"{_PREFIX}/stays", opt=_READ)
async def list_stays(
    actor: Asker, database: TheDatabase, lot: Lot, begin: Begin, end: End, after: Behind = ""
) -> Stays:
    """What the use of a car park comes from, the newest first."""
    _require_span(begin, end)
    async with database.tenant(actor.tenant) as connection:
        found = (await _sql.stays_of(connection, actor.tenant, begin, end)).get(lot, [])
    inside = sorted((max(one.begin, begin), min(one.end, end)) for one in found)
    # Counted from the oldest: who comes meanwhile moves nobody.
    last = min(len(inside), place_of(after, int, refusal="packs.thing.token")) if after else len(inside)
    first = max(0, last - _MOST)
    items = [
        StayAnswer(begin=since, end=until, minutes=round((until - since).total_seconds() / 60, 1))
        for since, until in reversed(inside[first:last])
    ]
    return Stays(items=items, stays=len(found), next=page_token(first) if first else None)


def _require_span(begin: datetime, end: datetime) -> None:
    if begin.tzinfo is None or end.tzinfo is None or begin >= end:
        raise Invalid("packs.thing.moment")


def _use(lot: str, name: str, thing: str | None, one: Use) -> UseAnswer:
    return UseAnswer(
        lot=lot, name=name, thing=thing, spaces=one.spaces, utilisation=one.utilisation, turnover=one.turnover, mean_hours=one.mean_hours,
        saturation=one.saturation, gap=one.gap,
    )  # fmt: skip


routes = (show_use, list_stays)
