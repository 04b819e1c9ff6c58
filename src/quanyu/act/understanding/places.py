"""What the twin knows of a place: the areas at a point and just across their boundary, and who keeps a component."""

from typing import Any, NamedTuple

from quanyu.act.cases.model import Place
from quanyu.act.understanding.model import Component
from quanyu.act.understanding.routing import Owned
from quanyu.core.entity import attribute_of, instances, location_of
from quanyu.identity.organisations.service import list_organisations
from quanyu.store import Connection
from quanyu.twin.distance import metres_between
from quanyu.twin.model import Stored
from quanyu.twin.query import EntityQuery, Near, query

_AREAS = ("AdministrativeArea", "Grid")
_CODES = ("regionCode", "communityCode")
_COMPONENT = "StreetComponent"
_KEEPERS = ("maintainer", "owner", "competentDepartment")
_MOST_AREAS = 50
_MOST_NAMED = 20


class AreaAt(NamedTuple):
    """`metres` from its boundary, 0 inside."""

    code: str
    metres: float


async def areas_of(
    connection: Connection, tenant: str, region: str | None, place: Place | None, *, within: float
) -> list[AreaAt]:
    """That of the case first: the region that was told, else the most exact one that holds the place. Then those of the same
    level whose boundary is near. With nothing known one area without a name, in which the duties of the whole city apply."""
    found = await _areas_at(connection, tenant, place, within) if place else []
    inside = sorted((one for one in found if one.metres == 0), key=lambda one: -len(one.code))
    home = AreaAt(region, 0.0) if region else next(iter(inside), AreaAt("", 0.0))
    across = (
        [one for one in found if one.metres > 0 and len(one.code) == len(inside[0].code)] if inside else []
    )
    return [home, *sorted(across, key=lambda one: one.metres)]


async def _areas_at(connection: Connection, tenant: str, place: Place, within: float) -> list[AreaAt]:
    wanted = EntityQuery(types=_AREAS, near=Near(place.lon, place.lat, within), limit=_MOST_AREAS)
    nearest: dict[str, float] = {}
    for one in (await query(connection, tenant, wanted)).items:
        geometry = location_of(one.document)
        code = next((value for name in _CODES if (value := _text(one, name))), None)
        if code is None or geometry is None or geometry.type not in ("Polygon", "MultiPolygon"):
            continue
        distance = metres_between(place.lon, place.lat, geometry)
        nearest[code] = min(distance, nearest.get(code, distance))
    return [AreaAt(code, distance) for code, distance in nearest.items()]


async def entry_of(connection: Connection, tenant: str, component: str) -> Stored | None:
    """Of the register of components, which is a part of the twin."""
    wanted = EntityQuery(types=(_COMPONENT,), text=component, limit=_MOST_NAMED)
    found = (await query(connection, tenant, wanted)).items
    return next((one for one in found if _text(one, "componentCode") == component), None)


async def owner_of(connection: Connection, tenant: str, component: str, entry: Stored | None) -> Owned | None:
    """Who maintains it, else who owns it; None where the register does not have it or does not say."""
    name = next((value for keeper in _KEEPERS if entry and (value := _text(entry, keeper))), None)
    return Owned(component, name, await _body_called(connection, tenant, name)) if name else None


def told(code: str, entry: Stored | None) -> Component:
    """What the register says; `name` is that of its kind."""

    def said(name: str) -> str | None:
        return _text(entry, name) if entry else None

    return Component(
        code=code, registered=entry is not None, name=said("componentName"), state=said("componentState"),
        maintainer=said("maintainer"), owner=said("owner"), department=said("competentDepartment"),
    )  # fmt: skip


async def _body_called(connection: Connection, tenant: str, name: str) -> str | None:
    found = await list_organisations(connection, tenant, after="", limit=_MOST_NAMED, q=name)
    return next((one.id for one in found if name in (one.id, one.name)), None)


def _text(one: Stored, name: str) -> str | None:
    said: Any = one.document.get(name)
    value = attribute_of(name, instances(said)[0]).value if said else None
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
