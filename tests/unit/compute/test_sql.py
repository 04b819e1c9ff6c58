import duckdb
import pytest

from quanyu.compute import RoadGraph
from quanyu.compute.sql import register

PLACES = "(values (121.5, 31.2, 'a'), (121.505, 31.203, 'b'), (121.508, 31.208, 'c')) place(lon, lat, name)"


def test_a_query_asks_how_long_it_takes(town: RoadGraph) -> None:
    with duckdb.connect() as duck:
        register(duck, town)
        rows = duck.execute(
            f"select name, travel_seconds(121.5, 31.2, lon, lat) from {PLACES} order by 2"
        ).fetchall()
        near = duck.execute(
            f"select name from {PLACES} where reached(121.5, 31.2, lon, lat, 90) order by 1"
        ).fetchall()
    assert [name for name, _ in rows] == ["a", "b", "c"]
    assert rows[0][1] == 0
    assert rows[1][1] == pytest.approx(5 * 9.51 + 3 * 11.12, rel=0.01)
    assert near == [("a",), ("b",)]


def test_a_place_that_is_not_known_takes_nobody_knows_how_long(town: RoadGraph) -> None:
    with duckdb.connect() as duck:
        register(duck, town)
        assert duck.execute("select travel_seconds(null, 31.2, 121.5, 31.2)").fetchone() == (None,)
