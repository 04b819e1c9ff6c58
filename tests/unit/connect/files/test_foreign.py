"""Files of other kinds are told by their names, with what to do about them."""

import sqlite3
import zipfile

import pytest

ZIPPED = {
    "a.docx": (("[Content_Types].xml", "word/document.xml"), "Word", "document"),
    "a.pptx": (("[Content_Types].xml", "ppt/presentation.xml"), "PowerPoint", "document"),
    "a.numbers": (("Index/Document.iwa", "preview.jpg"), "Numbers / Pages / Keynote", "data"),
    "a.kmz": (("doc.kml",), "KMZ", "map"),
    "a.gdb.zip": (("a.gdb/a00000001.gdbtable",), "File Geodatabase", "map"),
    "a.epub": (("mimetype", "META-INF/container.xml"), "EPUB", "document"),
}


@pytest.mark.parametrize(
    ("content", "kind", "family"),
    [
        ('<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document/></kml>', "KML", "map"),
        ('<kml xmlns="http://www.opengis.net/kml/2.2"><Document/></kml>', "KML", "map"),
        ('<?xml version="1.0"?><gpx version="1.1"><trk/></gpx>', "GPX", "map"),
        ('<?xml version="1.0"?><c xmlns:gml="http://www.opengis.net/gml"><gml:f/></c>', "GML", "map"),
        ('<?xml version="1.0"?><rows><row/></rows>', "XML", "data"),
        ("<rows><row><a>1</a></row></rows>", "XML", "data"),
        ('{"type":"Topology","objects":{},"arcs":[]}', "TopoJSON", "map"),
        ("rows:\n  - id: 1\n    name: 厕所\n", "YAML", "data"),
        ("- id: 1\n  name: a\n- id: 2\n  name: b\n", "YAML", "data"),
        ("-- dump\nCREATE TABLE t (id int);\nINSERT INTO t VALUES (1);\n", "SQL", "database"),
        ("  0\nSECTION\n  2\nENTITIES\n  0\nEOF\n", "AutoCAD DXF", "map"),
        ('Version 300\nCharset "WindowsSimpChinese"\nColumns 1\n', "MapInfo MIF", "map"),
        (b"fgb\x03fgb\x00" + bytes(99), "FlatGeobuf", "map"),
        (b"AC1032\0" + bytes(99), "AutoCAD DWG", "map"),
        (b"Obj\x01\x04" + bytes(99), "Avro", "data"),
        (b"Rar!\x1a\x07\x01\x00", "RAR", "archive"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(9), "7-Zip", "archive"),
        (b"a.csv".ljust(257, b"\0") + b"ustar\0" + bytes(300), "tar", "archive"),
        (b"\0\1\0\0Standard ACE DB\0" + bytes(99), "Access", "database"),
        (b"II*\0" + bytes(99), "TIFF", "picture"),
    ],
)  # fmt: skip
def test_a_file_of_another_kind_is_refused_by_its_name(desk, content, kind, family):
    error = desk.refusal(content, name="data.csv")
    assert (error.key, error.values["kind"]) == (f"connect.files.foreign.{family}", kind)


@pytest.mark.parametrize("name", ZIPPED)
def test_what_is_zipped_under_another_ending_is_refused_by_its_name(desk, name):
    members, kind, family = ZIPPED[name]
    with zipfile.ZipFile(desk.folder / name, "w") as archive:
        for member in members:
            archive.writestr(member, "<x/>")
    error = desk.refused(desk.folder / name)
    assert (error.key, error.values["kind"]) == (f"connect.files.foreign.{family}", kind)


@pytest.mark.parametrize(("number", "kind"), [(0, "SQLite"), (0x47504B47, "GeoPackage")])
def test_a_database_file_is_told_as_what_it_is(desk, number, kind):
    with sqlite3.connect(desk.folder / "t.db") as database:
        database.execute("CREATE TABLE t (a)")
        database.execute(f"PRAGMA application_id={number}")
    database.close()
    assert desk.refused(desk.folder / "t.db").values["kind"] == kind


def test_beside_a_table_in_an_archive_they_are_left_out_and_named(desk):
    with zipfile.ZipFile(desk.folder / "d.zip", "w") as archive:
        archive.writestr("data.csv", "编号,名称\n1,甲\n")
        archive.writestr("schema.sql", "CREATE TABLE t (id int);\n")
    table = desk.land(desk.folder / "d.zip")
    (told,) = table.landed.faults
    assert table.records == [("1", "甲")]
    assert (told.key, told.values["members"]) == ("connect.files.zip.others", "schema.sql (SQL)")


@pytest.mark.parametrize("first", ["AC1001,a\n", "<编号>,<名称>\n", "名称：,备注\n", "-,-\n1,2\n"])
def test_tables_that_begin_oddly_stay_tables(desk, first):
    assert desk.text(first + "AC1002,b\nAC1003,c\n").landed.records >= 2
