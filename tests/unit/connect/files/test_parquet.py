"""Parquet: every value leaves as text."""

import json
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
from shapely import Point, to_wkb


def test_every_value_becomes_text(desk):
    columns = {
        "n": [1, None],
        "f": [1.5, 2.25],
        "t": [datetime(2020, 1, 1, tzinfo=UTC), None],
        "l": [[1, 2], None],
    }
    pq.write_table(pa.table(columns), desk.folder / "t.parquet")
    table = desk.land(desk.folder / "t.parquet")
    assert table.records[0][0::3] == ("1", "[1,2]")
    assert table.records[1] == (None, "2.25", None, None)


def test_geoparquet_gives_geometry_and_coordinate_system(desk):
    geo = {"primary_column": "g", "columns": {"g": {"crs": {"id": {"authority": "EPSG", "code": 4490}}}}}
    plain = pa.table({"g": [to_wkb(Point(1, 2)), None]})
    pq.write_table(plain.replace_schema_metadata({"geo": json.dumps(geo)}), desk.folder / "g.parquet")
    table = desk.land(desk.folder / "g.parquet")
    assert (table.landed.geometry_column, table.landed.crs) == ("g", "EPSG:4490")
    assert json.loads(table.records[0][0]) == {"type": "Point", "coordinates": [1.0, 2.0]}


def test_a_cut_parquet_is_refused(desk):
    pq.write_table(pa.table({"n": [1]}), desk.folder / "t.parquet")
    content = (desk.folder / "t.parquet").read_bytes()[:-10]
    assert desk.refusal(content, name="cut.parquet").key == "connect.files.parquet.broken"
