from datetime import date
from pathlib import Path

import duckdb
import pytest

from quanyu.core.errors import Invalid
from quanyu.core.regions import RegionHistory
from quanyu.govern.standards.regions import (
    export_regions,
    import_regions,
    list_regions,
    read_region_files,
    region_history,
)
from quanyu.store import Database

AS_OF = date(2024, 11, 28)


@pytest.fixture(scope="module")
def real_history(real_data: Path) -> RegionHistory:
    folder = real_data / "admin-codes-gb2260"
    names = ("gb2260_revisions.tsv.gz", "provinces.csv", "cities.csv", "areas.csv", "streets.csv.gz")
    return RegionHistory(read_region_files([folder / name for name in names], as_of=AS_OF))


def test_the_abolished_district_of_shanghai(real_history: RegionHistory) -> None:
    assert real_history.is_valid("310108", date(2014, 12, 31))
    assert not real_history.is_valid("310108", date(2016, 1, 1))
    assert real_history.name("310106", date(2024, 12, 1)) == "静安区"


def test_a_district_abolished_after_the_last_revision_ends_with_todays_list(
    real_history: RegionHistory,
) -> None:
    assert real_history.is_valid("330103", date(2019, 12, 31))
    assert not real_history.is_valid("330103", AS_OF)


def test_streets_and_provinces_outside_of_the_tree_are_known(real_history: RegionHistory) -> None:
    assert real_history.name("110101001") == "东华门街道"
    assert real_history.name("810000") == "香港特别行政区"


def test_every_code_of_the_last_revision_was_valid_on_its_day(
    real_history: RegionHistory, real_data: Path
) -> None:
    path = real_data / "admin-codes-gb2260" / "gb2260_revisions.tsv.gz"
    rows = duckdb.execute(
        f"select Code, Name from read_csv('{path}', all_varchar = true) where Source = 'mca' and Revision = '201904'"
    ).fetchall()
    assert len(rows) == 3219
    assert all(real_history.name(code, date(2019, 4, 30)) == name for code, name in rows)


async def test_an_import_is_listed_by_parent_name_and_day_and_exported(
    database: Database, folder: Path
) -> None:
    source = folder / "list.tsv"
    source.write_text(
        "Source\tRevision\tCode\tName\nmca\t201412\t990000\t东海省\nmca\t201412\t990101\t旧区\nmca\t201512\t990000\t东海省\n"
    )
    async with database.system() as connection:
        await connection.execute("delete from region")
        assert len(await region_history(connection)) == 0
        done = await import_regions(connection, read_region_files([source], as_of=AS_OF), folder)
        assert (done.codes, done.spans, done.ended) == (2, 2, 1)
        found = await list_regions(connection, parent="", query=None, at=AS_OF, limit=10, after="")
        assert [one.name for one in found] == ["东海省"]
        then = await list_regions(
            connection, parent=None, query="旧", at=date(2015, 1, 1), limit=10, after=""
        )
        assert [one.code for one in then] == ["990101"]
    exported = duckdb.execute(
        f"select code, valid_to from '{folder}/standards/regions.parquet' order by 1"
    ).fetchall()
    assert exported == [("990000", None), ("990101", date(2015, 12, 31))]


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "areas.csv"
    path.write_text("code,name\n110101,东城区\n11010x,西城区\n")
    with pytest.raises(Invalid) as caught:
        read_region_files([path], as_of=AS_OF)
    assert caught.value.faults[0].where == "areas.csv:3"
    assert caught.value.values == {"code": "11010x", "name": "西城区"}


@pytest.mark.parametrize("content", ["", "code,name\n", '{"a":'])
def test_a_file_without_codes_is_refused_and_replaces_nothing(tmp_path: Path, content: str) -> None:
    path = tmp_path / "areas.csv"
    path.write_text(content)
    with pytest.raises(Invalid, match=r"areas\.csv"):
        read_region_files([path], as_of=AS_OF)


def test_an_export_is_replaced_whole(tmp_path: Path) -> None:
    assert export_regions([], tmp_path) == export_regions([], tmp_path)


async def test_without_an_import_provinces_and_the_demonstration_city_are_there(database: Database) -> None:
    async with database.system() as connection:
        await connection.execute("delete from region")
        provinces = await list_regions(connection, parent="", query=None, at=AS_OF, limit=100, after="")
        found = await list_regions(connection, parent="990000", query="江", at=AS_OF, limit=100, after="")
    assert len(provinces) == 35
    assert [one.name for one in found] == ["江州市"]
