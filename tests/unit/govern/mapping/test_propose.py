import csv
import gzip
import json
import tempfile
from pathlib import Path

import openpyxl
import pytest

from quanyu.core.profile import ColumnProfile
from quanyu.govern.mapping.model import MappingProposal, Part, Reason
from quanyu.govern.mapping.propose import propose
from quanyu.govern.standards.built_in import code_lists, data_models
from quanyu.govern.standards.model import DatasetKind
from tests.unit.govern.mapping.real_profiles import profiles_of_csv, text_profiles

CODES = {code_list.name: code_list for code_list in code_lists()}


def _propose(columns: list[ColumnProfile], dataset: str, model: str | None = None) -> MappingProposal:
    return propose(columns, dataset=dataset, models=data_models(), code_lists=CODES, model=model)


@pytest.mark.parametrize(
    ("file", "model", "kind", "key", "time"),
    [
        ("boston-311-2015/boston_311_2015.csv.gz", "ServiceRequest", "entities", "CASE_ENQUIRY_ID", "OPEN_DT"),
        ("pingshan-12345-2018/events.csv", "ServiceRequest", "entities", "rec_id", "create_time"),
        ("pingshan-12345-2018/dim_dispose_unit.csv", "CodeEntry", "entities", "id", None),
        ("gov-service-items-guangan/service_items.csv", "GovernmentService", "entities", "item_code", None),
        ("air-beijing-prsa-2013-2017/stations.csv", "AirQualityObserved", "entities", "station_code", None),
        ("hospitals-beijing-designated/designated_institutions.csv", "Hospital", "entities", "机构编码", None),
        ("hospitals-beijing-designated/tertiary_coords.csv", "Hospital", "entities", "id", None),
        ("hospitals-shanghai-poi/shanghai_hospital.csv.gz", "Hospital", "entities", None, None),
        ("gps-tdrive-beijing-2008/tdrive_2008-02-02_subset.csv.gz", "Vehicle", "observations", "taxi_id", "datetime"),
        ("gps-cabspotting-sf-2008/cabs_2008-06-02_2008-06-08.csv.gz", "Vehicle", "observations", "cab", "ts"),
        ("gps-garbage-jersey-city-2015/snapshots.csv.gz", "WasteVehiclePosition", "observations", "vehicle_id", "gps_time"),
        ("road-jinan-osm/edges.csv.gz", "RoadSegment", "entities", "eid", None),
        ("road-nanchang-2021/edges.csv", "RoadSegment", "entities", "edge_id", None),
        ("road-nanchang-2021/nodes.csv", "RoadNode", "entities", "node_id", None),
        ("ems-montgomery-911-2015-2016/911.csv.gz", "EmergencyCall", "entities", None, "timeStamp"),
        ("ems-lancaster-runs-2010-2020/calls_for_service.csv.gz", "EmergencyRun", "entities", "incident_num", "incident_date"),
        ("er-status-taiwan-2026/er_snapshots.csv.gz", "EmergencyDepartmentStatus", "observations", "醫院簡稱", "抓取時間"),
        ("admin-codes-gb2260/areas.csv", "AdministrativeArea", "entities", "code", None),
        ("city-management-codes/chaoyang_component_event_codes.csv", "CodeEntry", "entities", "code", None),
        ("smart-data-models/inventory.csv", None, "entities", None, None),
    ],
)  # fmt: skip
def test_model_key_and_time_of_real_files(
    real_data: Path, file: str, model: str | None, kind: str, key: str | None, time: str | None
) -> None:
    path = real_data / file
    mapping = _propose(profiles_of_csv(path), path.name.partition(".")[0]).mapping
    assert (mapping.model, mapping.kind, mapping.key, mapping.time) == (
        model,
        kind,
        (key,) if key else (),
        time,
    )


def test_real_air_quality_has_its_pollutants_and_units(real_data: Path) -> None:
    path = next((real_data / "air-beijing-prsa-2013-2017").glob("PRSA_Data_Dongsi*"))
    mapping = _propose(profiles_of_csv(path), path.name).mapping
    assert mapping.model == "AirQualityObserved"
    found = {column.column: (column.attribute, column.unit) for column in mapping.columns}
    assert found["PM2.5"] == ("pm25", "GQ")
    assert found["WSPM"] == ("windSpeed", "MTS")
    assert found["year"] == ("year", None)


def test_a_real_file_without_header_is_a_car_park_by_its_values_alone_and_says_how_little_that_is(
    real_data: Path,
) -> None:
    proposal = _propose(profiles_of_csv(real_data / "parking-birmingham-2016" / "dataset.csv"), "dataset")
    assert [column.attribute for column in proposal.columns] == [
        "parkingCode", "totalSpotNumber", "occupiedSpotNumber", "observedAt",
    ]  # fmt: skip
    assert proposal.mapping.kind is DatasetKind.OBSERVATIONS
    assert {column.reason for column in proposal.columns} == {Reason.VALUES}
    assert proposal.confidence <= 0.4


def test_real_tracks_without_header_are_vehicles_by_their_values(real_data: Path) -> None:
    proposal = _propose(
        profiles_of_csv(real_data / "gps-garbage-jersey-city-2015" / "all_dedup.psv.gz"), "all_dedup"
    )
    assert proposal.mapping.model == "Vehicle"
    assert proposal.mapping.column_of(Part.LATITUDE) == "column0"


def test_real_car_park_register(real_data: Path) -> None:
    with (real_data / "parking-germany-2021-07" / "meta-data.csv").open(
        encoding="utf-8-sig", newline=""
    ) as file:
        labels, *rows = list(csv.reader(file))
    whole = [row for row in rows if len(row) == len(labels)]
    mapping = _propose(text_profiles(labels, whole), "parking").mapping
    assert (mapping.model, mapping.key) == ("OffStreetParking", ("place_id",))
    assert {c.column: c.attribute for c in mapping.columns}["num_all"] == "totalSpotNumber"


def test_real_workbook_of_messages(real_data: Path) -> None:
    book = openpyxl.load_workbook(
        real_data / "citizen-messages-cn-2020" / "annex4_messages_with_replies.xlsx", read_only=True
    )
    header, *rows = list(book.worksheets[0].iter_rows(max_row=300, values_only=True))
    book.close()
    mapping = _propose(text_profiles([str(label) for label in header], rows), "annex4").mapping
    assert mapping.model == "CitizenMessage"
    assert mapping.key == ("留言编号",)


def test_real_district_boundaries(real_data: Path) -> None:
    features = json.loads((real_data / "district-boundaries-cn" / "310000_shanghai.geojson").read_bytes())[
        "features"
    ]
    labels = [*features[0]["properties"], "geometry"]
    rows = [
        [*(json.dumps(value) for value in one["properties"].values()), json.dumps(one["geometry"])]
        for one in features
    ]
    mapping = _propose(text_profiles(labels, rows), "310000_shanghai").mapping
    assert (mapping.model, mapping.key) == ("AdministrativeArea", ("adcode",))
    assert mapping.column_of(Part.GEOJSON) == "geometry"


def test_real_national_air_quality_feed(real_data: Path) -> None:
    with gzip.open(real_data / "air-china-stations-2018-02-20" / "airnow.json.gz") as file:
        features = json.load(file)["features"]
    labels = [*features[0]["properties"]]
    columns = text_profiles(labels, [[one["properties"].get(label) for label in labels] for one in features])
    assert _propose(columns, "airnow").mapping.model == "AirQualityObserved"


def test_universities_workbook_labels() -> None:
    labels = ["序号", "学校名称", "学校标识码", "主管部门", "所在地", "办学层次", "备注"]
    rows = [[str(n), f"大学{n}", f"41110100{n:02}", "教育部", "北京市", "本科", ""] for n in range(1, 9)]
    mapping = _propose(text_profiles(labels, rows), "list").mapping
    assert (mapping.model, mapping.key, mapping.name) == (
        "EducationalInstitution",
        ("学校标识码",),
        "学校名称",
    )


def test_unknown_columns_keep_a_clean_name_of_their_own() -> None:
    columns = text_profiles(["Lamp Post ID", "灯杆高度(m)", "type"], [["a", "9", "x"], ["b", "8", "x"]])
    proposal = _propose(columns, "shanghai_lamps")
    assert (proposal.mapping.type, proposal.mapping.model) == ("ShanghaiLamps", None)
    assert [column.attribute for column in proposal.columns] == ["lampPostId", "灯杆高度", "type2"]
    assert proposal.mapping.key == ("Lamp Post ID",)


def test_a_chosen_model_is_used_where_the_columns_say_little() -> None:
    columns = text_profiles(["a", "状态"], [["1", "破损"], ["2", "完好"]])
    assert _propose(columns, "x", model="StreetComponent").mapping.model == "StreetComponent"


def test_a_remembered_mapping_is_taken_as_it_is() -> None:
    columns = text_profiles(["a", "b"], [["1", "2"]])
    first = _propose(columns, "things").mapping
    again = propose(columns, dataset="things", models=data_models(), code_lists=CODES, remembered=first)
    assert again.remembered
    assert again.mapping == first


@pytest.mark.parametrize(
    ("longitude", "latitude", "crs"),
    [
        ("经度(GCJ-02)", "纬度(GCJ-02)", "GCJ-02"),
        ("百度经度", "百度纬度", "BD-09"),
        ("经度", "纬度", "EPSG:4326"),
    ],
)
def test_labels_say_in_which_system_a_place_is(longitude: str, latitude: str, crs: str) -> None:
    columns = csv_profiles(f"名称,{longitude},{latitude}", "甲,120.1511,30.2511", "乙,120.1611,30.2611")
    assert _propose(columns, "places").mapping.crs == crs


def csv_profiles(*lines: str) -> list[ColumnProfile]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "places.csv"
        path.write_text("\n".join(lines), encoding="utf-8")
        return profiles_of_csv(path)
