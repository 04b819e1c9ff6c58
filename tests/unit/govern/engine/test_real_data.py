"""Plain imports of real files find what is known to be wrong with them, and leave the rest alone."""

from pathlib import Path

import pytest

from quanyu.govern.engine.model import EngineJob, EngineReport, InputFile
from quanyu.govern.engine.pipeline import import_files

FILES = {
    "boston": "boston-311-2015/boston_311_2015.csv.gz",
    "events": "pingshan-12345-2018/events.csv",
    "community": "pingshan-12345-2018/dim_community.csv",
    "units": "pingshan-12345-2018/dim_dispose_unit.csv",
    "services": "gov-service-items-guangan/service_items.csv",
    "parking": "parking-birmingham-2016/dataset.csv",
    "universities": "messy-cn-tables/moe_universities_2025-06-20.xls",
    "messages": "citizen-messages-cn-2020/annex3_messages.xlsx",
    "replies": "citizen-messages-cn-2020/annex4_messages_with_replies.xlsx",
    "taxis": "gps-tdrive-beijing-2008/tdrive_2008-02-02_subset.csv.gz",
    "institutions": "hospitals-beijing-designated/designated_institutions.csv",
    "facilities": "hospitals-shanghai-poi/shanghai_hospital.csv.gz",
    "car_parks": "parking-germany-2021-07/meta-data.csv",
    "stations": "air-china-stations-2018-02-20/airnow.json.gz",
}
AIR = "air-beijing-prsa-2013-2017/PRSA_Data_*.csv.gz"


def _import(folder: Path, pattern: str, workdir: Path) -> EngineReport:
    files = tuple(InputFile(path=str(path), name=path.name) for path in sorted(folder.glob(pattern)))
    return import_files(
        EngineJob(dataset="real", import_id="1", files=files, workdir=str(workdir)), lambda _: None
    )


@pytest.mark.parametrize(
    ("name", "read", "quarantined", "duplicates", "rules"),
    [
        ("boston", 117_516, 14_126, 0, {"placeholder_point:LONGITUDE,LATITUDE,Geocoded_Location": 13_935, "compare:OPEN_DT,CLOSED_DT": 197}),
        ("events", 10_000, 0, 0, {"not_null:community_name": 10, "functional_dependency:dispose_unit_id,dispose_unit_name": 2653}),
        ("community", 25, 20, 0, {"placeholder_point:lon,lat": 19, "inside_region:lon,lat": 20, "functional_dependency:code,name": 2}),
        ("services", 1_135, 884, 0, {"credit_code:dept_code": 884}),
        ("parking", 35_717, 12, 216, {"range:column_3": 12, "compare:column_3,column_2": 373}),
        ("universities", 2_919, 0, 0, {}),
        ("messages", 4_326, 0, 0, {"repeated_text:留言详情": 104}),
        ("replies", 2_816, 0, 0, {"repeated_text:留言详情": 34}),
        ("taxis", 151_007, 950, 0, {"placeholder_point:longitude,latitude": 219}),
        ("institutions", 4_279, 0, 0, {}),
        ("facilities", 7_513, 0, 0, {"not_null:address": 302}),
        ("car_parks", 739, 0, 0, {}),
        ("stations", 1_495, 0, 0, {}),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_found_and_no_more_refused(
    real_data: Path,
    tmp_path: Path,
    name: str,
    read: int,
    quarantined: int,
    duplicates: int,
    rules: dict[str, int],
) -> None:
    report = _import(real_data, FILES[name], tmp_path)
    assert (report.read, report.quarantined, report.duplicates) == (read, quarantined, duplicates)
    assert rules.items() <= report.rules.items()


def test_codes_of_units_that_have_two_names_are_counted(real_data: Path, tmp_path: Path) -> None:
    report = _import(real_data, FILES["units"], tmp_path)
    groups = {result.rule.name: result.groups for result in report.results}
    assert groups["functional_dependency:code,name"] == 34


def test_broken_department_codes_are_proposed_from_the_code_of_the_item(
    real_data: Path, tmp_path: Path
) -> None:
    report = _import(real_data, FILES["services"], tmp_path)
    assert sum(result.proposals for result in report.results) == 857


def test_two_forms_of_time_are_one_column_of_time(real_data: Path, tmp_path: Path) -> None:
    report = _import(real_data, FILES["messages"], tmp_path)
    time = next(column for column in report.columns if column.name == "留言时间")
    assert (time.type, time.nulls) == ("datetime", 0)


def test_twelve_files_are_one_dataset_of_stations_and_hours(real_data: Path, tmp_path: Path) -> None:
    report = _import(real_data, AIR, tmp_path)
    assert (report.read, report.accepted, len(report.sources)) == (420_768, 420_768, 12)
    assert report.key == ("station", "observed_at")
    assert report.rules["not_null:CO"] == 20_701
    assert report.entities == 12
