"""The state and history of entities for the portal and the command line."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, SkipValidation

from quanyu.core.actor import Actor
from quanyu.core.errors import Invalid
from quanyu.core.geometry import parse_box
from quanyu.store import Database
from quanyu.twin.history import BEGINNING, END, Span, aggregated, histories, history
from quanyu.twin.http.sight import Sight, WholeTenant, count, find, retrieve_seen, shown_to
from quanyu.twin.model import Point, Stored
from quanyu.twin.query import EntityQuery
from quanyu.twin.service import Twin
from quanyu.twin.veil import veiled_history

GivenSight = NamedDependency[SkipValidation[Sight]]


class EntityShown(msgspec.Struct, kw_only=True, frozen=True):
    """`attributes` is the normalized document; `location` a GeoJSON geometry."""

    id: str
    types: tuple[str, ...]
    dataset: str
    name: str | None
    location: dict[str, Any] | None
    attributes: dict[str, Any]
    created: datetime
    modified: datetime
    version: int


class EntityPage(msgspec.Struct, kw_only=True, frozen=True):
    """`total` counts the types and the dataset asked for, before box and text narrow them."""

    items: tuple[EntityShown, ...]
    next: str | None
    total: int


class PointShown(msgspec.Struct, kw_only=True, frozen=True):
    at: datetime
    value: Any
    observed: bool
    unit: str | None


class AttributeHistory(msgspec.Struct, kw_only=True, frozen=True):
    name: str
    points: tuple[PointShown, ...]


class HistoryShown(msgspec.Struct, kw_only=True, frozen=True):
    """`periods` are filled where a period is asked for: count, average, least and greatest of each."""

    entity: str
    attributes: tuple[AttributeHistory, ...]
    periods: list[dict[str, Any]]


@get("/api/v1/entities", opt={"action": "entity.read"})
async def list_entities(
    actor: NamedDependency[Actor],
    database: NamedDependency[Database],
    type: FromQuery[str] = "",
    bbox: FromQuery[str] = "",
    q: Annotated[str, QueryParameter(max_length=200)] = "",
    dataset: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 50,
    after: FromQuery[str | None] = None,
    sight: GivenSight = WholeTenant(),  # noqa: B008 (it has no state)
) -> EntityPage:
    """`type` may name several, with commas; `q` is searched for in all texts."""
    wanted = EntityQuery(
        types=tuple(filter(None, type.split(","))),
        dataset=dataset,
        box=parse_box(bbox) if bbox else None,
        text=q.strip(),
        limit=limit,
        after=after,
    )
    async with database.tenant(actor.tenant) as connection:
        seen = await sight.seen(connection, actor, "entity.read", dataset)
        if wanted.text:
            wanted = replace(wanted, veils=await sight.veils_on(connection, actor, None))
        page = await find(connection, actor.tenant, wanted, seen)
        total = await count(connection, actor.tenant, wanted, seen)
        items = await shown_to(connection, actor, sight, page.items)
    return EntityPage(items=tuple(map(_shown, items)), next=page.next, total=total)


@get("/api/v1/entities/{entity_id:str}", opt={"action": "entity.read"})
async def show_entity(
    entity_id: FromPath[str],
    actor: NamedDependency[Actor],
    database: NamedDependency[Database],
    sight: GivenSight = WholeTenant(),  # noqa: B008
) -> EntityShown:
    async with database.tenant(actor.tenant) as connection:
        found = await retrieve_seen(connection, actor, sight, entity_id)
        (one,) = await shown_to(connection, actor, sight, [found])
    return _shown(one)


@get("/api/v1/entities/{entity_id:str}/history", opt={"action": "entity.read"})
async def show_history(
    entity_id: FromPath[str],
    actor: NamedDependency[Actor],
    database: NamedDependency[Database],
    twin: NamedDependency[Twin],
    attribute: FromQuery[str | None] = None,
    start: Annotated[datetime | None, QueryParameter(name="from")] = None,
    end: Annotated[datetime | None, QueryParameter(name="to")] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=10_000)] = 1000,
    period: Annotated[int | None, QueryParameter(ge=1, le=366 * 86400)] = None,
    sight: GivenSight = WholeTenant(),  # noqa: B008
) -> HistoryShown:
    """Without `attribute` the logged values of all of them; `period` in seconds."""
    span = Span(_aware(start, "from") or BEGINNING, _aware(end, "to") or END, limit, twin.folder)
    async with database.tenant(actor.tenant) as connection:
        entity = await retrieve_seen(connection, actor, sight, entity_id)
        veils = await sight.veils(connection, actor, entity.dataset)
        if attribute is None:
            found = await histories(connection, actor.tenant, entity_id, span=span)
        else:
            points = await history(
                connection, actor.tenant, entity_id, attribute, span=span, source=twin.source
            )
            found = {attribute: points}
    found = veiled_history(found, veils)
    periods = aggregated(found[attribute], timedelta(seconds=period)) if attribute and period else []
    attributes = tuple(AttributeHistory(name=name, points=_points(points)) for name, points in found.items())
    return HistoryShown(entity=entity_id, attributes=attributes, periods=periods)


def _aware(moment: datetime | None, name: str) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise Invalid("twin.query.moment", name=name)
    return moment


def _points(points: tuple[Point, ...]) -> tuple[PointShown, ...]:
    return tuple(
        PointShown(at=one.at, value=one.value, observed=one.observed, unit=one.unit) for one in points
    )


def _shown(entity: Stored) -> EntityShown:
    return EntityShown(
        id=entity.id,
        types=entity.types,
        dataset=entity.dataset,
        name=_text(entity.document.get("name")),
        location=_geometry(entity.document.get("location")),
        attributes=entity.document,
        created=entity.created,
        modified=entity.modified,
        version=entity.version,
    )


def _text(attribute: Any) -> str | None:
    first = attribute[0] if isinstance(attribute, list) else attribute
    value = first.get("value") if first else None
    return value if isinstance(value, str) else None


def _geometry(attribute: Any) -> dict[str, Any] | None:
    first = attribute[0] if isinstance(attribute, list) else attribute
    value = first.get("value") if first else None
    return value if isinstance(value, dict) else None
