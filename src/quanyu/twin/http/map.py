"""The layers of the city map: their list, their tiles, and the features of a box."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
import shapely
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from quanyu.core.actor import Actor
from quanyu.core.errors import NotFound
from quanyu.core.geometry import parse_box
from quanyu.store import Database
from quanyu.twin.http.entities import GivenSight
from quanyu.twin.http.sight import WholeTenant, layer_seen, shown_to
from quanyu.twin.map.grid import Tile
from quanyu.twin.map.layers import Layer, layers
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.document import Form, Representation, show
from quanyu.twin.query import EntityQuery, query
from quanyu.twin.service import Twin

TILE_TYPE = "application/vnd.mapbox-vector-tile"


class LayerShown(msgspec.Struct, kw_only=True, frozen=True):
    """`drawn` is points or shapes; `bbox` west, south, east, north; `tiles` a template for {z}, {x} and {y}."""

    id: str
    type: str
    dataset: str
    titles: dict[str, str]
    count: int
    drawn: str
    bbox: tuple[float, float, float, float]
    demo: bool
    version: int
    modified: datetime
    tiles: str


class LayerList(msgspec.Struct, kw_only=True, frozen=True):
    items: tuple[LayerShown, ...]
    next: str | None = None


@get("/api/v1/map/layers", opt={"action": "map.read"})
async def list_layers(
    actor: NamedDependency[Actor],
    database: NamedDependency[Database],
    sight: GivenSight = WholeTenant(),  # noqa: B008 (it has no state)
) -> LayerList:
    async with database.tenant(actor.tenant) as connection:
        found = await layers(connection, actor.tenant)
        seen = await sight.seen(connection, actor, "map.read")
    return LayerList(items=tuple(_shown(one) for one in found if seen.has(one.dataset)))


@get("/api/v1/map/layers/{layer_id:str}/tiles/{z:int}/{x:int}/{name:str}", opt={"action": "map.read"})
async def show_tile(
    layer_id: FromPath[str],
    z: FromPath[int],
    x: FromPath[int],
    name: FromPath[str],
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    database: NamedDependency[Database],
    twin: NamedDependency[Twin],
    sight: GivenSight = WholeTenant(),  # noqa: B008
) -> Response[bytes]:
    """Mapbox Vector Tile 2.1 with the layers bins, points, lines and areas, whichever there are (docs/map.md)."""
    y = name.removesuffix(".mvt")
    if not (y.isascii() and y.isdigit() and len(y) < 9):
        raise NotFound("twin.tile.unknown", z=z, x=x, y=name[:20])
    async with database.tenant(actor.tenant) as connection:
        shown = await layer_seen(connection, actor, sight, layer_id)
        veils = await sight.veils(connection, actor, shown.dataset)
        made = await twin.city_map.tile(
            connection, actor.tenant, shown, Tile(z, x, int(y)), veils.get("name")
        )
    headers = {"etag": f'"{made.etag}"', "cache-control": "private, no-cache"}
    if made.etag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    return Response(made.body, headers=headers, media_type=TILE_TYPE)


@get("/api/v1/map/layers/{layer_id:str}/features", opt={"action": "map.read"})
async def show_features(
    layer_id: FromPath[str],
    actor: NamedDependency[Actor],
    database: NamedDependency[Database],
    bbox: FromQuery[str] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 500,
    after: FromQuery[str | None] = None,
    zoom: Annotated[int | None, QueryParameter(ge=0, le=22)] = None,
    sight: GivenSight = WholeTenant(),  # noqa: B008
) -> Response[bytes]:
    """A GeoJSON FeatureCollection; with `zoom` lines and areas are simplified to half a pixel of it."""
    async with database.tenant(actor.tenant) as connection:
        shown = await layer_seen(connection, actor, sight, layer_id)
        box = parse_box(bbox) if bbox else None
        wanted = EntityQuery(types=(shown.type,), dataset=shown.dataset, box=box, limit=limit, after=after)
        page = await query(connection, actor.tenant, wanted)
        items = await shown_to(connection, actor, sight, page.items)
    body = {
        "type": "FeatureCollection",
        "features": [_feature(one, zoom) for one in items],
        "next": page.next,
    }
    return Response(msgspec.json.encode(body), media_type="application/geo+json")


_FEATURE = Representation(form=Form.SIMPLIFIED, geometry="location", omit=("location",))


def _feature(entity: Stored, zoom: int | None) -> dict[str, Any]:
    made = show(entity, representation=_FEATURE)
    geometry = made["geometry"]
    if (
        zoom is not None
        and isinstance(geometry, dict)
        and geometry.get("type") not in ("Point", "MultiPoint")
    ):
        pixel = 360 / (1 << zoom) / 512
        simple = shapely.simplify(shapely.geometry.shape(geometry), pixel / 2)
        made["geometry"] = msgspec.json.decode(shapely.to_geojson(simple))
    return made


def _shown(one: Layer) -> LayerShown:
    plain = f"{one.type} · {one.dataset}" if one.dataset else one.type
    return LayerShown(
        id=one.id,
        type=one.type,
        dataset=one.dataset,
        titles={"zh-CN": plain, "en": plain} | dict(one.titles),
        count=one.located,
        drawn=one.drawn.value,
        bbox=(one.box.x1, one.box.y1, one.box.x2, one.box.y2),
        demo=one.demo,
        version=one.version,
        modified=one.modified,
        tiles=f"/api/v1/map/layers/{one.id}/tiles/{{z}}/{{x}}/{{y}}.mvt",
    )
