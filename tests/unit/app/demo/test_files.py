"""The files that the demonstration delivers: always the same, and read as their senders meant them."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from quanyu.app.demo.city import City, make_city
from quanyu.app.demo.draw import drawn
from quanyu.app.demo.files import DELIVERIES, MARK, Delivery, deliver
from quanyu.app.demo.organisations import ORGANISATIONS
from quanyu.app.demo.places import credit_code
from quanyu.app.demo.workbook import workbook
from quanyu.connect.files import FileOptions, land
from quanyu.core.identifiers import check_credit_code

BEGUN = datetime(2026, 11, 21, 4, 17, tzinfo=UTC)


@pytest.fixture(scope="module")
def city() -> City:
    return make_city(20261121)


@pytest.mark.parametrize("delivery", DELIVERIES, ids=lambda one: one.dataset)
def test_the_same_city_delivers_the_same_bytes(delivery: Delivery, city: City) -> None:
    assert deliver(delivery, make_city(20261121), BEGUN) == deliver(delivery, city, BEGUN)


@pytest.mark.parametrize("delivery", DELIVERIES, ids=lambda one: one.dataset)
def test_every_file_is_read_as_one_table(delivery: Delivery, city: City, tmp_path: Path) -> None:
    file = deliver(delivery, city, BEGUN)
    path = tmp_path / file.name
    path.write_bytes(file.content)
    options = FileOptions(crs=file.said.get("crs"))
    (table,) = land(path, workdir=tmp_path, options=options, progress=lambda _: None)
    labels = {column.label for column in table.columns}
    assert labels >= set(file.said.get("key", ()))


def test_every_dataset_is_marked_and_has_an_owner() -> None:
    known = {organisation.id for organisation in ORGANISATIONS}
    city = make_city(1)
    said = [deliver(delivery, city, BEGUN).said for delivery in DELIVERIES]
    assert all(one["title"].endswith(MARK) and one["owner"] in known for one in said)


def test_a_workbook_opens_elsewhere_with_its_merged_cells() -> None:
    made = workbook("表 & 表", [["标题", None], ["甲<乙", 1.5], [None, 3]], ["A1:B1"])
    sheet = openpyxl.load_workbook(BytesIO(made)).active
    assert sheet is not None
    assert list(sheet.values) == [("标题", None), ("甲<乙", 1.5), (None, 3)]
    assert [str(area) for area in sheet.merged_cells.ranges] == ["A1:B1"]


def test_credit_codes_are_right_before_somebody_types_them() -> None:
    codes = [credit_code(drawn(1, number), "990101") for number in range(50)]
    assert not any(check_credit_code(code) for code in codes)
