"""Parquet: every value leaves as text."""

import json
from datetime import UTC, datetime, time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc
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


@pytest.mark.parametrize("form", ["file", "stream", "orc"])
def test_arrow_and_orc_are_read_as_parquet_is(desk, form):
    table = pa.table({"编号": ["001", None], "数": [1, 2]})
    path = desk.folder / "t.feather"
    if form == "orc":
        orc.write_table(table, path)
    else:
        made = pa.ipc.new_file if form == "file" else pa.ipc.new_stream
        with pa.OSFile(str(path), "wb") as file, made(file, table.schema) as writer:
            writer.write_table(table, max_chunksize=1)
    landed = desk.land(path)
    assert (landed.names, landed.records) == (["编号", "数"], [("001", "1"), (None, "2")])
    assert landed.lines == [1, 2]


def test_a_cut_arrow_file_is_refused(desk):
    with pa.OSFile(str(desk.folder / "t.arrow"), "wb") as file, pa.ipc.new_file(file, pa.schema([])):
        pass
    content = (desk.folder / "t.arrow").read_bytes()[:-8]
    error = desk.refusal(content, name="cut.arrow")
    assert (error.key, error.values["format"]) == ("connect.files.parquet.broken", "Arrow")


def test_a_table_that_begins_as_orc_does_is_a_table(desk):
    assert desk.text("ORCID,name\n0000-0001,a\n").names == ["ORCID", "name"]


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
