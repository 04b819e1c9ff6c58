"""How the things of the city stand: of each kind how many are heard of, and which of them a rule has something to say about."""

from collections import Counter
from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter, SkipValidation

from quanyu.act import rules
from quanyu.act.http.asking import Asker, Now, Store
from quanyu.act.http.events_seen import as_seen
from quanyu.act.http.seeing import box_of
from quanyu.act.rules.events import Event, EventQuery
from quanyu.core.actor import Actor, Resource
from quanyu.core.geometry import Box
from quanyu.identity import allowed
from quanyu.store import Connection
from quanyu.twin import Twin
from quanyu.twin.http.entities import GivenSight
from quanyu.twin.http.sight import Sight, WholeTenant
from quanyu.twin.map.layers import layer_id
from quanyu.twin.query import retrieve_many

_MOST = 500


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Of `number` things that report, `silent` are not heard of, and of `alarmed` ones a rule has an open event."""

    layer: str
    type: str
    dataset: str
    number: int
    silent: int
    alarmed: int


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """An open event about one thing, where the thing stood when it began."""

    event: str
    rule: str
    subject: str
    layer: str
    title: str
    severity: str
    lon: float
    lat: float
    opened: datetime
    case: str | None


class Facilities(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    items: tuple[Standing, ...]
    alarms: tuple[Alarm, ...]


@get("/api/v1/facilities", opt={"action": "map.read"})
async def show_facilities(
    actor: Asker, database: Store, clock: Now, twin: NamedDependency[SkipValidation[Twin]],
    bbox: Annotated[str | None, QueryParameter(max_length=100)] = None,
    sight: GivenSight = WholeTenant(),  # noqa: B008 (it has no state)
) -> Facilities:  # fmt: skip
    """Counts may be some seconds old; what is open is so now."""
    now, box = clock(), box_of(bbox)
    async with database.tenant(actor.tenant) as connection:
        seen = await sight.seen(connection, actor, "map.read")
        standing = await twin.standings.of(connection, actor.tenant, box, now)
        alarms = [
            (one, dataset)
            for one, dataset in await _alarms(connection, actor, sight, box)
            if seen.has(dataset)
        ]
    alarmed = Counter(one.layer for one, _ in alarms)
    items = tuple(
        Standing(
            layer=one.layer, type=one.type, dataset=one.dataset, number=one.number, silent=one.silent,
            alarmed=alarmed[one.layer],
        )
        for one in standing
        if seen.has(one.dataset)
    )  # fmt: skip
    return Facilities(at=now, items=items, alarms=tuple(one for one, _ in alarms))


async def _alarms(
    connection: Connection, actor: Actor, sight: Sight, box: Box | None
) -> list[tuple[Alarm, str]]:
    """With the dataset of each; nothing for who may not see events."""
    if not allowed(actor, "act_rule.read", Resource("act_rule", tenant=actor.tenant)).allowed:
        return []
    page = await rules.events(connection, EventQuery(open=True, limit=_MOST))
    inside = [one for one in page.items if one.subject and one.place and (box is None or _within(one, box))]
    found = await as_seen(connection, actor, sight, inside)
    subjects = await retrieve_many(connection, actor.tenant, {one.subject for one in found})
    return [
        (_alarm(one, layer_id(subject.types[0], subject.dataset)), subject.dataset)
        for one in found
        if (subject := subjects.get(one.subject))
    ]


def _within(one: Event, box: Box) -> bool:
    assert one.place
    return box.x1 <= one.place["lon"] <= box.x2 and box.y1 <= one.place["lat"] <= box.y2


def _alarm(one: Event, layer: str) -> Alarm:
    assert one.place
    return Alarm(
        event=one.id, rule=one.rule, subject=one.subject, layer=layer, title=one.title, severity=one.severity,
        lon=one.place["lon"], lat=one.place["lat"], opened=one.opened, case=one.case,
    )  # fmt: skip


routes = (show_facilities,)
