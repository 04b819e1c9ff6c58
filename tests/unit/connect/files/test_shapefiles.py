"""Shapefiles and dBASE tables."""

import json
import zipfile

import pytest
import shapefile

WGS84 = 'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'


@pytest.fixture
def districts(desk):
    """Two points with Chinese attributes in GBK, which nothing declares."""
    path = desk.folder / "区县.shp"
    with shapefile.Writer(str(path.with_suffix("")), encoding="gbk") as writer:
        writer.field("名称", "C", 40)
        writer.field("CODE", "N", 6)
        for name, code in (("黄浦区", 310101), ("闸北区", 310108)):
            writer.point(121.5, 31.2)
            writer.record(name, code)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    path.with_suffix(".prj").write_text(WGS84)
    return path


def test_chinese_attributes_are_read_though_nothing_declares_their_encoding(desk, districts):
    table = desk.land(districts)
    assert [row[:2] for row in table.records] == [("黄浦区", "310101"), ("闸北区", "310108")]
    assert table.landed.encoding == "gb18030"


def test_geometry_and_coordinate_system_come_along(desk, districts):
    table = desk.land(districts)
    assert (table.landed.geometry_column, table.landed.crs) == ("geometry", "EPSG:4326")
    assert table.records[0][2] == '{"type":"Point","coordinates":[121.5,31.2]}'


def test_a_wrong_cpg_is_not_believed(desk, districts):
    districts.with_suffix(".cpg").write_text("UTF-8")
    table = desk.land(districts)
    assert (table.records[1][0], table.faults) == ("闸北区", ["encoding.declared"])


@pytest.mark.parametrize("part", [".dbf", ".shx"])
def test_a_missing_part_is_named(desk, districts, part):
    districts.with_suffix(part).unlink()
    error = desk.refused(districts)
    assert (error.key, error.values["part"]) == ("connect.files.shapefile.part", part)


def test_a_shapefile_without_prj_is_told(desk, districts):
    districts.with_suffix(".prj").unlink()
    table = desk.land(districts)
    assert (table.landed.crs, table.faults) == (None, ["shapefile.prj"])


def test_a_cut_shapefile_is_refused(desk, districts):
    districts.write_bytes(districts.read_bytes()[:120])
    assert desk.refused(districts).key == "connect.files.shapefile.broken"


def test_the_table_alone_is_read_too(desk, districts):
    table = desk.land(districts.with_suffix(".dbf"))
    assert (table.landed.format, table.names, table.lines) == ("dbf", ["名称", "CODE"], [1, 2])


def test_a_cut_table_is_refused_at_its_record(desk, districts):
    content = districts.with_suffix(".dbf").read_bytes()[:-20]
    error = desk.refusal(content, name="cut.dbf")
    assert (error.key, error.faults[0].where) == ("connect.files.dbf.cut", "cut.dbf:2")


def test_memo_texts_that_are_not_read_are_told(desk, districts):
    file = districts.with_suffix(".dbf")
    content = bytearray(file.read_bytes())
    content[32 + 11] = ord("M")
    file.write_bytes(content)
    table = desk.land(file)
    assert (table.records[0][0], table.faults) == (None, ["dbf.memo"])


def test_a_zipped_shapefile_is_one_table(desk, districts):
    with zipfile.ZipFile(desk.folder / "shp.zip", "w") as archive:
        for ending in (".shp", ".SHX", ".dbf", ".prj"):
            archive.writestr(f"边界/区县{ending}", districts.with_suffix(ending.lower()).read_bytes())
    table = desk.land(desk.folder / "shp.zip")
    assert (table.landed.member, table.landed.records) == ("边界/区县.shp", 2)


def test_the_hash_of_a_loose_shapefile_covers_all_parts(desk, districts):
    before = desk.land(districts).landed.sha256
    content = districts.with_suffix(".dbf").read_bytes().replace(b"310108", b"310109")
    districts.with_suffix(".dbf").write_bytes(content)
    assert desk.land(districts).landed.sha256 != before


def test_a_prj_behind_a_byte_order_mark_is_read(desk, districts):
    districts.with_suffix(".prj").write_text("\ufeff" + WGS84)
    table = desk.land(districts)
    assert (table.landed.crs, table.faults) == ("EPSG:4326", [])


def drawn(desk, kind, draw):
    """A shapefile of one feature, drawn by `draw`."""
    path = desk.folder / "drawn.shp"
    with shapefile.Writer(str(path.with_suffix("")), shapeType=kind) as writer:
        writer.field("name", "C", 10)
        draw(writer)
        writer.record("one")
    path.with_suffix(".prj").write_text(WGS84)
    return path


def test_heights_come_along(desk):
    table = desk.land(drawn(desk, shapefile.POINTZ, lambda writer: writer.pointz(121.5, 31.2, 4.5)))
    assert table.records[0][1] == '{"type":"Point","coordinates":[121.5,31.2,4.5]}'
    assert table.faults == []


def test_rings_keep_their_heights_and_their_holes(desk):
    outer = [[0, 0, 1], [0, 9, 2], [9, 9, 3], [9, 0, 4], [0, 0, 1]]
    hole = [[1, 1, 5], [2, 1, 6], [2, 2, 7], [1, 1, 5]]
    table = desk.land(drawn(desk, shapefile.POLYGONZ, lambda writer: writer.polyz([outer, hole])))
    read = json.loads(table.records[0][1])
    assert read["type"] == "Polygon"
    assert [{position[2] for position in ring} for ring in read["coordinates"]] == [{1, 2, 3, 4}, {5, 6, 7}]


def test_measures_are_not_read_and_that_is_told(desk):
    table = desk.land(drawn(desk, shapefile.POINTM, lambda writer: writer.pointm(121.5, 31.2, 17)))
    assert table.records[0][1] == '{"type":"Point","coordinates":[121.5,31.2]}'
    assert table.faults == ["shapefile.measures"]


def test_a_feature_whose_figures_are_none_is_refused_with_its_reason(desk):
    table = desk.land(drawn(desk, shapefile.POINT, lambda writer: writer.point(float("nan"), 31.2)))
    assert (table.records, table.rejects) == ([], [(1, "connect.files.geometry")])
