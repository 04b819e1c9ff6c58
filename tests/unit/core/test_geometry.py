"""Geometries are taken whole or refused with every fault."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import shape

from quanyu.core.errors import Invalid
from quanyu.core.geometry import Box, parse_box, parse_geometry

POSITION = st.lists(st.floats(-90, 90), min_size=2, max_size=2)
RING = st.lists(POSITION, min_size=3, max_size=6).map(lambda ring: [*ring, ring[0]])
GEOMETRY = st.one_of(
    st.builds(lambda c: {"type": "Point", "coordinates": c}, POSITION),
    st.builds(lambda c: {"type": "LineString", "coordinates": c}, st.lists(POSITION, min_size=2)),
    st.builds(lambda c: {"type": "Polygon", "coordinates": c}, st.lists(RING, min_size=1, max_size=1)),
    st.builds(
        lambda c: {"type": "MultiPolygon", "coordinates": [c, c]}, st.lists(RING, min_size=1, max_size=1)
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@given(GEOMETRY)
def test_a_geometry_comes_back_and_has_the_box_that_shapely_sees(source: dict[str, Any]) -> None:
    geometry = parse_geometry(source)
    assert geometry.geojson() == source
    box = geometry.box()
    assert (box.x1, box.y1, box.x2, box.y2) == shape(source).bounds


@given(st.sampled_from(["Point", "LineString", "Polygon", "MultiPolygon", "Circle"]), JSON)
def test_anything_else_is_refused_and_never_crashes(kind: str, coordinates: Any) -> None:
    with contextlib.suppress(Invalid):
        parse_geometry({"type": kind, "coordinates": coordinates})


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ("POINT(1 2)", ""),
        ({"type": "GeometryCollection", "geometries": []}, "/type"),
        ({"type": "Point"}, "/coordinates"),
        ({"type": "Point", "coordinates": [181, 0]}, "/coordinates"),
        ({"type": "Point", "coordinates": [10**400, 0]}, "/coordinates"),
        ({"type": "Point", "coordinates": [True, 0]}, "/coordinates"),
        ({"type": "LineString", "coordinates": [[1, 2]]}, "/coordinates"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}, "/coordinates/0"),
        ({"type": "MultiPoint", "coordinates": [[0, 0], [float("nan"), 0]]}, "/coordinates/1"),
    ],
)
def test_the_fault_says_where_it_is(source: object, where: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_geometry(source)
    assert [fault.where for fault in caught.value.faults] == [where]


def test_a_box_is_west_south_east_north() -> None:
    assert parse_box("121.1,31,121.9,31.5") == Box(121.1, 31, 121.9, 31.5)
    for wrong in ("", "1,2,3", "3,0,1,1", "a,b,c,d", "nan,0,1,1", "0,0,1,91"):
        with pytest.raises(Invalid):
            parse_box(wrong)
