"""Parquet: every value leaves as text."""

import json
from datetime import UTC, datetime, time

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


def test_moments_of_a_parquet_file_are_in_figures_that_other_files_have(desk):
    moment = datetime(2023, 5, 1, 8)  # noqa: DTZ001
    table = pa.table(
        {"at": pa.array([moment], pa.timestamp("ns")), "clock": pa.array([time(8, 30)], pa.time64("us"))}
    )
    pq.write_table(table, desk.folder / "ns.parquet")
    assert desk.land(desk.folder / "ns.parquet").records == [("2023-05-01 08:00:00.000000", "08:30:00")]


def test_a_geometry_whose_bytes_are_none_is_refused_with_its_reason(desk):
    geo = {"primary_column": "g", "columns": {"g": {}}}
    plain = pa.table({"name": ["good", "bad"], "g": [to_wkb(Point(1, 2)), b"\x01\x02"]})
    pq.write_table(plain.replace_schema_metadata({"geo": json.dumps(geo)}), desk.folder / "g.parquet")
    table = desk.land(desk.folder / "g.parquet")
    assert [row[0] for row in table.records] == ["good"]
    assert table.rejects == [(2, "connect.files.geometry")]
