"""SQL sources read tables of real databases, only what is new, and never write."""

import csv
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.sources import sql
from quanyu.connect.sources.settings import SqlSettings
from quanyu.core.errors import Invalid, Unavailable


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """A department's SQLite file with three car parks."""
    path = tmp_path / "register.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table car_park (id integer primary key, 名称 text, spaces integer)")
        connection.executemany(
            "insert into car_park values (?, ?, ?)", [(1, "东门", 120), (2, "西门", 80), (3, None, 40)]
        )
    return path


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


async def test_a_table_is_read_whole(register: Path, tmp_path: Path) -> None:
    files, _ = await sql.fetch(
        SqlSettings(url=f"sqlite:///{register}", table="car_park"), {}, tmp_path, Outgoing()
    )
    assert [row["名称"] for row in _rows(files[0])] == ["东门", "西门", ""]


async def test_a_watermark_gives_only_what_is_newer(register: Path, tmp_path: Path) -> None:
    settings = SqlSettings(url=f"sqlite:///{register}", table="car_park", watermark="id")
    _, cursor = await sql.fetch(settings, {}, tmp_path, Outgoing())
    with closing(sqlite3.connect(register)) as connection, connection:
        connection.execute("insert into car_park values (4, '北门', 10)")
    files, cursor = await sql.fetch(settings, cursor, tmp_path, Outgoing())
    assert [row["id"] for row in _rows(files[0])] == ["4"]
    assert cursor["since"] == 4
    assert await sql.fetch(settings, cursor, tmp_path, Outgoing()) == ([], cursor)


async def test_a_record_that_comes_late_with_the_same_mark_is_not_lost(
    register: Path, tmp_path: Path
) -> None:
    settings = SqlSettings(url=f"sqlite:///{register}", table="car_park", watermark="spaces")
    _, cursor = await sql.fetch(settings, {}, tmp_path, Outgoing())
    with closing(sqlite3.connect(register)) as connection, connection:
        connection.execute("insert into car_park values (4, '北门', 120)")
    files, cursor = await sql.fetch(settings, cursor, tmp_path, Outgoing())
    assert [row["id"] for row in _rows(files[0])] == ["4"]
    assert (await sql.fetch(settings, cursor, tmp_path, Outgoing()))[0] == []


async def test_a_query_may_hold_percent_signs_and_end_in_a_comment(register: Path, tmp_path: Path) -> None:
    query = "select id, 名称 from car_park where 名称 like '%门' -- all gates"
    settings = SqlSettings(url=f"sqlite:///{register}", query=query, watermark="id")
    files, _ = await sql.fetch(settings, {"since": 2}, tmp_path, Outgoing())
    assert [row["名称"] for row in _rows(files[0])] == ["西门"]


async def test_a_query_that_writes_is_refused(register: Path, tmp_path: Path) -> None:
    settings = SqlSettings(url=f"sqlite:///{register}", query="delete from car_park returning *")
    with pytest.raises(Invalid):
        await sql.fetch(settings, {}, tmp_path, Outgoing())


async def test_a_table_name_cannot_carry_another_statement(register: Path, tmp_path: Path) -> None:
    settings = SqlSettings(url=f"sqlite:///{register}", table='car_park"; drop table car_park; --')
    with pytest.raises(Invalid):
        await sql.fetch(settings, {}, tmp_path, Outgoing())


async def test_a_missing_watermark_column_is_named(register: Path, tmp_path: Path) -> None:
    settings = SqlSettings(
        url=f"sqlite:///{register}", query="select 名称 from car_park", watermark="changed"
    )
    with pytest.raises(Invalid):
        await sql.fetch(settings, {}, tmp_path, Outgoing())


async def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="does not exist"):
        await sql.fetch(SqlSettings(url=f"sqlite:///{tmp_path}/none.db", table="t"), {}, tmp_path, Outgoing())
