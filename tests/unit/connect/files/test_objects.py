"""JSON, JSON lines, GeoJSON."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanyu.connect.files import Limits


def test_the_list_inside_an_object_is_the_table(desk):
    table = desk.text(
        '{"code":0,"result":{"total":2,"records":[{"id":1,"v":1.10},{"id":2,"v":2}]}}', name="a.json"
    )
    assert (table.names, table.records) == (["id", "v"], [("1", "1.10"), ("2", "2")])


def test_nested_objects_are_flattened_and_lists_stay_json(desk):
    table = desk.text('[{"a":{"b":{"c":1}},"t":[1,{"x":1.50}]},{"a":{"b":null},"f":true}]', name="a.json")
    assert table.names == ["a.b.c", "t", "a.b", "f"]
    assert table.records == [("1", '[1,{"x":1.50}]', None, None), (None, None, None, "true")]


def test_records_know_their_lines(desk):
    assert desk.text('[\n{"a":1},\n\n{"a":2}\n]', name="a.json").lines == [2, 4]


def test_members_that_are_alike_are_records_with_a_key(desk):
    table = desk.text(
        '{"110000":{"name":"北京","in":[{"n":1}]},"120000":{"name":"天津","in":[]}}', name="a.json"
    )
    assert table.records == [("110000", "北京", '[{"n":1}]'), ("120000", "天津", "[]")]


def test_a_tree_of_names_gives_a_record_for_each_end(desk):
    table = desk.text('{"省":{"市":["甲区","乙区"]}}', name="a.json")
    assert table.records == [("省", "市", "甲区"), ("省", "市", "乙区")]


def test_lists_of_lists_have_their_heading_first(desk):
    table = desk.text('[["id","name"],[1,"a"],[2,"b"]]', name="a.json")
    assert (table.names, table.records) == (["id", "name"], [("1", "a"), ("2", "b")])


@pytest.mark.parametrize(
    "text",
    [
        '{"columns":["id","name"],"index":[0,1],"data":[[1,"甲"],[2,"乙"]]}',
        '{"fields":[{"name":"id"},{"name":"name"}],"rows":[[1,"甲"],[2,"乙"]]}',
        '{"meta":{"columns":[{"id":-1,"name":"id"},{"id":2,"name":"name"}]},"data":[[1,"甲"],[2,"乙"]]}',
        '{"fields":[{"id":"id"},{"id":"name"}],"records":[{"id":1,"name":"甲"},{"id":2,"name":"乙"}]}',
        '{"id":{"0":1,"1":2},"name":{"0":"甲","1":"乙"}}',
        '{"id":[1,2],"name":["甲","乙"]}',
    ],
)
def test_columns_that_are_told_beside_the_rows_or_one_by_one_are_a_table(desk, text):
    table = desk.text(text, name="a.json")
    assert (table.names, table.records) == (["id", "name"], [("1", "甲"), ("2", "乙")])


def test_a_box_of_corners_is_no_table(desk):
    table = desk.text('{"people":[{"name":"甲"},{"name":"乙"}],"bbox":[[1,2],[3,4]]}', name="a.json")
    assert table.records == [("甲",), ("乙",)]


def test_a_broken_line_of_json_lines_is_refused_alone(desk):
    table = desk.text('{"a":1}\n{"a":2,\n\n{"a":4}\n', name="a.jsonl")
    assert (table.records, table.lines, table.rejects) == (
        [("1",), ("4",)], [1, 4], [(2, "connect.files.json.line")],
    )  # fmt: skip


def test_columns_that_come_late_are_columns(desk):
    lines = [f'{{"a":{n}}}' for n in range(12_000)] + ['{"a":1,"z":"late"}']
    table = desk.text("\n".join(lines), name="a.jsonl")
    assert (table.names, table.landed.records) == (["a", "z"], 12_001)
    assert table.records[-1] == ("1", "late")
    assert table.lines == list(range(1, 12_002))


def test_broken_json_is_refused_at_its_place(desk):
    error = desk.refusal('[{"a":1},\n{"a":]', name="a.json")
    assert (error.key, error.faults[0].where) == ("connect.files.json.broken", "a.json:2:6")


def test_json_without_bottom_is_refused(desk):
    assert desk.refusal("[" * 100_000, name="a.json").key == "connect.files.json.deep"


def test_a_record_with_too_many_members_is_refused(desk):
    content = json.dumps([{f"k{n}": n for n in range(50)}])
    assert desk.refusal(content, name="a.json", limits=Limits(columns=40)).key == "connect.files.columns.many"


def test_json_in_gbk_is_read(desk):
    assert desk.text('[{"名称":"北京市"}]'.encode("gbk"), name="a.json").records == [("北京市",)]


def test_json_under_the_name_of_a_csv_is_read_and_told(desk):
    table = desk.text('[{"a":1}]', name="a.csv")
    assert (table.landed.format, table.faults) == ("json", ["ending"])


def test_features_keep_properties_geometry_and_declared_crs(desk):
    feature = {
        "type": "Feature",
        "id": 7,
        "properties": {"a": {"b": 1}},
        "geometry": {"type": "Point", "coordinates": [1, 2]},
    }
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    document = {"type": "FeatureCollection", "crs": crs, "features": [feature, {**feature, "geometry": None}]}
    table = desk.text(json.dumps(document), name="a.geojson")
    assert (table.landed.crs, table.landed.geometry_column) == ("EPSG:4490", "geometry")
    assert table.records == [("7", "1", '{"type":"Point","coordinates":[1,2]}'), ("7", "1", None)]


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"FeatureCollection",\n"features":[\n%s\n]}\n',
        '{"type":"FeatureCollection","features":[\n%s\n]}\n',
        '{\n"type":"FeatureCollection",\n"features":[\n\n%s\n\n]\n}',
        "[\n%s\n]\n",
    ],
)
def test_a_single_feature_on_a_line_of_its_own_is_one_record(desk, text):
    feature = '{"type":"Feature","properties":{"a":1},"geometry":{"type":"Point","coordinates":[1,2]}}'
    table = desk.text(text % feature, name="a.geojson")
    assert (table.records, table.rejects) == ([("1", '{"type":"Point","coordinates":[1,2]}')], [])


@pytest.mark.parametrize("rows", [[{"a": 1, "b": {"c": 2}}], [{"a": 1, "b": {"c": 2}}] * 2])
@pytest.mark.parametrize("indent", [None, 0, 2])
def test_an_array_is_read_however_it_is_laid_out(desk, rows, indent):
    table = desk.text(json.dumps(rows, indent=indent), name="a.json")
    assert (table.records, table.rejects) == ([("1", "2")] * len(rows), [])


@pytest.mark.parametrize("indent", [None, 2])
def test_a_collection_without_features_has_no_records(desk, indent):
    table = desk.text(
        json.dumps({"type": "FeatureCollection", "features": []}, indent=indent), name="a.geojson"
    )
    assert (table.landed.records, table.faults) == (0, ["records.none"])


@pytest.mark.parametrize("text", ["[]", "[[]]"])
def test_a_list_of_nothing_is_refused_as_empty(desk, text):
    assert desk.refusal(text, name="a.json").key == "connect.files.empty"


def test_json_lines_with_a_broken_first_line_stay_lines(desk):
    table = desk.text('{"a":1,\n{"a":2}\n{"a":3}\n', name="a.jsonl")
    assert (table.records, table.rejects) == ([("2",), ("3",)], [(1, "connect.files.json.line")])


def test_one_entity_is_one_record(desk):
    table = desk.text('{"id":"urn:1","type":"Parking","hours":[{"open":1},{"open":2}]}', name="a.jsonld")
    assert table.records == [("urn:1", "Parking", '[{"open":1},{"open":2}]')]


@pytest.mark.parametrize("layout", ["array", "lines"])
@given(rows=st.lists(st.tuples(st.integers(), st.text(max_size=5)), min_size=2, max_size=9))
@settings(max_examples=40, deadline=None)
def test_what_the_json_module_writes_is_read_back(new_desk, layout, rows):
    objects = [{"a": a, "b": b} for a, b in rows]
    text = json.dumps(objects) if layout == "array" else "\n".join(map(json.dumps, objects))
    table = new_desk().text(text, name="a.json")
    assert table.records == [(str(a), b) for a, b in rows]


def test_an_old_crs_member_may_name_the_offset_of_the_country(desk):
    feature = {
        "type": "Feature",
        "properties": {"a": 1},
        "geometry": {"type": "Point", "coordinates": [1, 2]},
    }
    document = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "GCJ-02"}},
        "features": [feature],
    }
    assert desk.text(json.dumps(document), "places.geojson").landed.crs == "GCJ-02"


@pytest.mark.parametrize(
    "geometry",
    ['{"type": "Point", "coordinates": ["118.7", "32.0"]}', '{"type": "Pont", "coordinates": [118.7, 32.0]}',
     '{"type": "Point", "coordinates": [118.7]}', '{"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [5, 6], [7, 8]]]}'],
)  # fmt: skip
def test_a_feature_whose_geometry_is_none_is_refused_alone(desk, geometry):
    good = '{"type": "Point", "coordinates": [118.7, 32.0, 15.5]}'
    features = [f'{{"type": "Feature", "properties": {{"id": "{n}"}}, "geometry": {shape}}}'
                for n, shape in enumerate([good, geometry, "null"])]  # fmt: skip
    table = desk.text(
        f'{{"type": "FeatureCollection", "features": [\n{",".join(features)}]}}', name="f.geojson"
    )
    assert [record[0] for record in table.records] == ["0", "2"]
    assert table.rejects == [(2, "connect.files.geometry")]


def test_a_name_that_stands_twice_with_different_values_refuses_its_record(desk):
    table = desk.text('[{"a":1},\n{"a":1,"b":{"c":2,"c":3}},\n{"a":4,"a":4}]', name="t.json")
    assert [row[0] for row in table.records] == ["1", "4"]
    assert table.rejects == [(2, "connect.files.json.twice")]


def test_of_json_lines_such_a_line_alone_is_refused(desk):
    table = desk.text('{"a":1}\n{"a":2,"a":3}\n{"a":4}\n', name="t.jsonl")
    assert ([row[0] for row in table.records], table.rejects) == (
        ["1", "4"],
        [(2, "connect.files.json.twice")],
    )


@pytest.mark.parametrize(
    "layout", ['[{"a":"\\ud83d","b":["\\ud800"]},\n%s]', '{"a":"\\ud83d","b":["\\ud800"]}\n%s\n']
)
def test_half_a_character_is_replaced_and_told(desk, layout):
    table = desk.text(layout % '{"a":"\\ud83d\\ude00","b":["b"]}', name="t.json")
    assert table.records == [("\ufffd", '["\ufffd"]'), ("😀", '["b"]')]
    assert (table.faults, table.landed.broken_lines) == (["json.half"], (1,))


def esri(geometries, **more):
    features = [{"attributes": {"NAME": f"n{at}"}, "geometry": each} for at, each in enumerate(geometries)]
    fields = [
        {"name": name, "alias": name, "type": "esriFieldTypeString"} for name in ("NAME", "A", "B", "C")
    ]
    return json.dumps({"fields": fields, "features": features, **more})


def test_features_of_an_esri_server_are_a_table_with_geometry(desk):
    reference = {"wkid": 102100, "latestWkid": 3857}
    table = desk.text(esri([{"x": 13.5, "y": 3}], spatialReference=reference), name="t.json")
    assert (table.names, table.landed.format, table.landed.crs) == (
        ["NAME", "geometry"],
        "esrijson",
        "EPSG:3857",
    )
    assert table.records == [("n0", '{"type":"Point","coordinates":[13.5,3]}')]
    assert (table.landed.geometry_column, table.faults) == ("geometry", [])


OUTER = [[0, 0], [0, 9], [9, 9], [9, 0], [0, 0]]
HOLE = [[1, 1], [2, 1], [2, 2], [1, 1]]
BESIDE = [[20, 0], [20, 9], [29, 9], [20, 0]]


@pytest.mark.parametrize(
    ("said", "kind", "coordinates"),
    [
        ({"x": 1, "y": 2, "z": 3}, "Point", [1, 2, 3]),
        ({"points": [[1, 2], [3, 4]]}, "MultiPoint", [[1, 2], [3, 4]]),
        ({"paths": [[[1, 2], [3, 4]]]}, "LineString", [[1, 2], [3, 4]]),
        ({"hasM": True, "paths": [[[1, 2, 7], [3, 4, 8]]] * 2}, "MultiLineString", [[[1, 2], [3, 4]]] * 2),
        ({"rings": [OUTER, HOLE]}, "Polygon", [OUTER, HOLE]),
        ({"rings": [OUTER, HOLE, BESIDE]}, "MultiPolygon", [[OUTER, HOLE], [BESIDE]]),
    ],
)
def test_each_kind_of_esri_geometry_is_read(desk, said, kind, coordinates):
    table = desk.text(esri([said]), name="t.json")
    assert json.loads(table.records[0][1]) == {"type": kind, "coordinates": coordinates}


def test_esri_features_without_a_place_have_none_and_curves_are_refused(desk):
    table = desk.text(
        esri([None, {"x": "NaN", "y": "NaN"}, {"curvePaths": []}, {"rings": [["a"]]}]), name="t.json"
    )
    assert table.records == [("n0", None), ("n1", None)]
    assert table.rejects == [(1, "connect.files.geometry")] * 2


def test_an_esri_answer_without_features_is_an_empty_table(desk):
    table = desk.text(esri([], spatialReference={"wkid": 4490}), name="t.json")
    assert (table.landed.records, table.landed.crs) == (0, "EPSG:4490")


ENDLESS = "9" * 5000


@pytest.mark.parametrize("number", [ENDLESS, "1e9999999999999999999", "-" + ENDLESS])
def test_a_number_that_nothing_can_keep_refuses_its_record_alone(desk, number):
    document = desk.text(f'[{{"a":1}},\n{{"a":{number}}},\n{{"a":{ENDLESS[:4000]}}}]', name="n.json")
    assert [row[0] for row in document.records] == ["1", ENDLESS[:4000]]
    assert document.rejects == [(2, "connect.files.json.beyond")]
    lines = desk.text(f'{{"a":{number}}}\n{{"a":2}}\n', name="n.jsonl")
    assert ([row[0] for row in lines.records], lines.rejects) == (["2"], [(1, "connect.files.json.beyond")])


def test_a_table_on_its_side_with_such_a_number_is_refused_with_its_place(desk):
    fault = desk.refusal(f'{{"a": [1, 2], "b": [3, {ENDLESS}]}}', name="n.json")
    assert (fault.key, fault.faults[0].where) == ("connect.files.json.beyond.columns", "n.json:1:1")


def test_a_record_that_says_nothing_is_none(desk):
    table = desk.text('{"a":1}\n{}\n{"a":2}\n', name="e.jsonl")
    assert ([row[0] for row in table.records], table.rejects) == (
        ["1", "2"],
        [(2, "connect.files.json.empty")],
    )
