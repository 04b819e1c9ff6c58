"""CQL2 text becomes the query tree of the twin."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.errors import Invalid
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.query import holds
from quanyu.twin.ogc.cql2 import parse_cql2
from quanyu.twin.ogc.crs import crs_named

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LAMP = Stored(
    id="urn:e:1", types=("Lamp",), dataset="", scope=(), version=1, created=NOW, modified=NOW,
    document={
        "power": {"type": "Property", "value": 40, "unit": {"type": "Property", "value": "W"}},
        "name": {"type": "Property", "value": "O'Brien 路灯"},
        "on": {"type": "Property", "value": True},
        "since": {"type": "Property", "value": "2026-01-02T00:00:00Z"},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [121.0, 31.0]}},
    },
)  # fmt: skip


@pytest.mark.parametrize("text", [
    "power = 40", "power <> 41", "40 <= power", "power > 39.5 and power<1e2", "name = 'O''Brien 路灯'", "name LIKE 'O%灯'",
    "name LIKE 'O_Brien%'", "name NOT LIKE '%x%'", "power BETWEEN 40 AND 50", "power NOT BETWEEN 1 AND 2", "power IN (1, 40)",
    "power NOT IN (1,2)", "height IS NULL", "power IS NOT NULL", "NOT power IS NULL", "on = TRUE", "power.unit = 'W'",
    "(power = 1 OR power = 40) AND NOT (name = 'x' OR on = false)", '"power" = 40',
    "S_INTERSECTS(location, BBOX(120,30,122,32))", "S_WITHIN(location, POLYGON((120 30,122 30,122 32,120 32,120 30)))",
    "NOT S_DISJOINT(location, POINT(121 31))", "since > TIMESTAMP('2026-01-01T00:00:00Z')",
    "T_DURING(since, INTERVAL('2026-01-01T00:00:00Z','2026-02-01T00:00:00Z'))", "T_AFTER(since, TIMESTAMP('2025-01-01T00:00:00Z'))",
])  # fmt: skip
def test_a_filter_holds(text: str) -> None:
    assert holds(parse_cql2(text, str), LAMP)


@pytest.mark.parametrize(
    "text", ["height > 1", "NOT height > 1", "height <> 1", "NOT height = 1", "power = '40'"]
)
def test_what_is_absent_or_of_another_type_compares_with_nothing(text: str) -> None:
    assert not holds(parse_cql2(text, str), LAMP)


def test_geometries_of_a_filter_are_in_its_system() -> None:
    mercator = crs_named("EPSG:3857", "filter-crs")
    text = "S_INTERSECTS(location, BBOX(13469600, 3632700, 13469700, 3632800))"
    assert holds(parse_cql2(text, str, mercator), LAMP)
    turned = crs_named("http://www.opengis.net/def/crs/EPSG/0/4490", "filter-crs")
    assert holds(parse_cql2("S_EQUALS(location, POINT(31 121))", str, turned), LAMP)


@pytest.mark.parametrize("text", [
    "", "power", "power = ", "= 4", "power = 4 AND", "power == 4", "power = 'x", "(power = 4", "power IN ()", "name LIKE ''",
    "S_INTERSECTS(location, POINT(999 9))", "S_INTERSECTS(location, POLYGON((0 0)))", "S_INTERSECTS(location, BBOX(1,2))",
    "power = 1; drop table entity", "power = 1 OR 1=1", "since > DATE('x')", "NOT", "(" * 50 + "power=1",
])  # fmt: skip
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_cql2(text, str)


@given(st.text(alphabet=st.sampled_from("abNOT ()'=<>0.,%\"\\_AND S_WITHIN(BOX"), max_size=40))
def test_any_text_is_a_filter_or_invalid(text: str) -> None:
    with suppress(Invalid):
        holds(parse_cql2(text, str), LAMP)
