"""Maps as GeoJSON: areas in WGS-84, roads in the offset coordinates of a map vendor (GCJ-02)."""

import json
from collections.abc import Iterable
from typing import Any

from quanyu.app.demo.city import City
from quanyu.app.demo.land import Area, Line, rounded
from quanyu.app.demo.names import RIVER, romanised
from quanyu.core.coordinates import gcj02_from_wgs84


def regions(city: City) -> bytes:
    return _collection(_region(area) for area in city.areas)


def grids(city: City) -> bytes:
    return _collection(_grid(grid) for grid in city.grids)


def waters(city: City) -> bytes:
    named = [("JZ-R1", RIVER, "河流", city.river)]
    named += [(f"JZ-L{n}", name, "湖泊", ring) for n, (name, ring) in enumerate(city.lakes, start=1)]
    return _collection(
        _feature("Polygon", [ring], {"编号": code, "名称": name, "类别": kind})
        for code, name, kind, ring in named
    )


def roads(city: City) -> bytes:
    return _collection(
        _feature(
            "LineString",
            tuple(rounded(*gcj02_from_wgs84(*point)) for point in road.line),
            {"路段编号": road.code, "道路名称": road.name, "道路等级": road.road_class, "起点": road.start,
             "终点": road.end, "长度(m)": road.length, "车道数": road.lanes, "限速(km/h)": road.limit},
        )
        for road in city.roads
    )  # fmt: skip


def _region(area: Area) -> dict[str, Any]:
    said = {"区划代码": area.code, "名称": area.name, "拼音": romanised(area.name)}
    return _feature("Polygon", [area.ring], said | {"级别": area.level, "上级代码": area.parent})


def _grid(grid: Area) -> dict[str, Any]:
    said = {"网格编码": grid.code, "网格名称": grid.name, "社区代码": grid.parent}
    return _feature("Polygon", [grid.ring], said)


def _feature(kind: str, coordinates: Line | list[Line], properties: dict[str, Any]) -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _collection(features: Iterable[dict[str, Any]]) -> bytes:
    """One feature a line, as exports have it."""
    lines = ",\n".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in features)
    return f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'.encode()
