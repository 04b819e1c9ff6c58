"""Files that offices and researchers published, as they are."""

import pytest

COUNTS = [
    ("boston-311-2015/boston_311_2015.csv.gz", 117_516),
    ("pingshan-12345-2018/events.csv", 10_000),
    ("gov-service-items-guangan/service_items.csv", 1_135),
    ("messy-cn-tables/moe_universities_2025-06-20.xls", 2_919),
    ("messy-cn-tables/shanghai_districts.shp", 17),
    ("air-beijing-prsa-2013-2017/PRSA_Data_Tiantan_20130301-20170228.csv.gz", 35_064),
    ("air-china-stations-2018-02-20/airnow.json.gz", 1_495),
    ("air-cnemc-2017-04-11/20170411_daily_city_obs.txt", 1_449),
    ("parking-birmingham-2016/dataset.csv", 35_717),
    ("citizen-messages-cn-2020/annex3_messages.xlsx", 4_326),
    ("citizen-messages-cn-2020/annex4_messages_with_replies.xlsx", 2_816),
    ("hospitals-shanghai-poi/shanghai_hospital.csv.gz", 7_513),
    ("hospitals-beijing-designated/designated_institutions.csv", 4_279),
    ("gps-tdrive-beijing-2008/tdrive_2008-02-02_subset.csv.gz", 151_007),
    ("district-boundaries-cn/110000_beijing.geojson", 16),
    ("er-status-taiwan-2026/er_snapshots.csv.gz", 4_200),
    ("gps-garbage-jersey-city-2015/snapshots.csv.gz", 198_075),
    ("jt808-frames/frames.jsonl", 56),
]


@pytest.mark.parametrize(("name", "count"), COUNTS)
def test_every_record_of_a_real_file_is_read(desk, real_data, name, count):
    table = desk.land(real_data / name)
    assert (table.landed.records, table.landed.rejected) == (count, 0)
    assert len(table.records) == count


def test_the_universities_are_in_31_groups_below_line_3(desk, real_data):
    table = desk.land(real_data / "messy-cn-tables/moe_universities_2025-06-20.xls")
    assert table.landed.header_line == 3
    assert len({row[-1] for row in table.records}) == 31
    assert table.names[-1] == "分组"


def test_an_abolished_district_is_readable(desk, real_data):
    table = desk.land(real_data / "messy-cn-tables/shanghai_districts.shp")
    assert "闸北区" in {row[0] for row in table.records}


def test_the_car_parks_of_birmingham_have_no_header(desk, real_data):
    assert desk.land(real_data / "parking-birmingham-2016/dataset.csv").names[0] == "column_1"


def test_a_table_with_bars_is_cut_at_them(desk, real_data):
    landed = desk.land(real_data / "gps-garbage-jersey-city-2015/all_dedup.psv.gz").landed
    assert (landed.delimiter, len(landed.columns)) == ("|", 5)


def test_addresses_over_several_lines_stay_one_record(desk, real_data):
    table = desk.land(real_data / "parking-germany-2021-07/meta-data.csv")
    assert "\n" in table.records[0][4]
    assert table.lines[:2] == [2, 6]
