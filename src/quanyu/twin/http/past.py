"""The map as it was at a moment."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, SkipValidation

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.core.errors import Invalid
from quanyu.core.geometry import parse_box
from quanyu.store import Database
from quanyu.twin.http.entities import GivenSight
from quanyu.twin.http.sight import WholeTenant, layer_seen
from quanyu.twin.map.past import past


class PastShown(msgspec.Struct, kw_only=True, frozen=True):
    """`items`: id, name, longitude, latitude of each."""

    at: datetime
    items: tuple[tuple[str, str | None, float, float], ...]
    moved: bool
    more: bool


@get("/api/v1/map/layers/{layer_id:str}/past", opt={"action": "map.read"})
async def show_past(
    layer_id: FromPath[str],
    actor: NamedDependency[Actor],
    database: NamedDependency[Database],
    clock: NamedDependency[SkipValidation[Clock]],
    at: Annotated[datetime | None, QueryParameter()] = None,
    bbox: FromQuery[str] = "",
    sight: GivenSight = WholeTenant(),  # noqa: B008 (it has no state)
) -> PastShown:
    """Where its entities were, or are; of a layer with more than 1,000 those that lie in the box by now."""
    at = at or clock()
    if at.tzinfo is None or at > clock():
        raise Invalid("twin.past.moment")
    box = parse_box(bbox) if bbox else None
    async with database.tenant(actor.tenant) as connection:
        shown = await layer_seen(connection, actor, sight, layer_id)
        veils = await sight.veils(connection, actor, shown.dataset)
        found = await past(connection, actor.tenant, shown, at, box, veils.get("name"))
    items = tuple((one.id, one.name, one.lon, one.lat) for one in found.items)
    return PastShown(at=at, items=items, moved=found.moved, more=found.more)
