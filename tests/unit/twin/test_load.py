"""An import is in the twin whole or not at all."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from quanyu.core.errors import Invalid
from quanyu.store import Database
from quanyu.twin import EntityQuery, Loaded, count, load, query, remove_dataset, retrieve

Row = tuple[str, str, str, Any, Any, Any, Any, str, str]


def hospital(key: str, name: str, *, x: float = 121.0, observed: str = "", dataset: str = "hospitals") -> Row:
    document = {
        "name": {"type": "Property", "value": name},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [x, 31.0]}},
    }
    return (
        f"urn:ngsi-ld:Hospital:{dataset}:{key}",
        "Hospital",
        json.dumps(document),
        x,
        31.0,
        x,
        31.0,
        observed,
        name,
    )


def write(path: Path, *rows: Row) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


async def loaded(database: Database, tenant: str, folder: Path, *rows: Row) -> Loaded:
    path = write(folder / "entities.csv", *rows)
    async with database.tenant(tenant) as connection:
        return await load(connection, tenant, [path], import_id="i1", actor="tester")


async def test_the_same_file_again_changes_nothing(database: Database, tenant: str, folder: Path) -> None:
    rows = [hospital(str(number), f"第{number}医院") for number in range(5)]
    assert await loaded(database, tenant, folder, *rows) == Loaded(created=5, changed=0, unchanged=0)
    assert await loaded(database, tenant, folder, *rows) == Loaded(created=0, changed=0, unchanged=5)
    async with database.tenant(tenant) as connection:
        assert await connection.fetchval("select count(*) from change") == 5
        assert await connection.fetchval("select n from feed") == 5


async def test_several_files_are_one_import(database: Database, tenant: str, folder: Path) -> None:
    files = []
    for number in range(3):
        files.append(folder / f"{number}.csv")
        rows = [hospital(f"{number}{place}", f"第{number}{place}医院", x=121 + number) for place in range(2)]
        write(files[-1], *rows)
    async with database.tenant(tenant) as connection:
        first = await load(connection, tenant, files, import_id="i1", actor="tester")
        again = await load(connection, tenant, files[1:], import_id="i2", actor="tester")
        assert first == Loaded(created=6, changed=0, unchanged=0)
        assert again == Loaded(created=0, changed=0, unchanged=4)
        logged = await connection.fetch(
            "select seq, entity, attrs->'name'->>'value' as name from change order by seq"
        )
        assert [row["seq"] for row in logged] == list(range(1, 7))
        assert {row["name"] for row in logged} == {f"第{n}{p}医院" for n in range(3) for p in range(2)}
        assert await connection.fetchval("select entities from layer") == 6
        found = await query(connection, tenant, EntityQuery(text="第20医院"))
        assert [one.id for one in found.items] == ["urn:ngsi-ld:Hospital:hospitals:20"]


async def test_a_newer_file_changes_only_what_differs(database: Database, tenant: str, folder: Path) -> None:
    await loaded(database, tenant, folder, hospital("1", "甲"), hospital("2", "乙"))
    later = await loaded(
        database, tenant, folder, hospital("1", "甲"), hospital("2", "丙"), hospital("3", "丁")
    )
    assert later == Loaded(created=1, changed=1, unchanged=1)


async def test_of_several_observations_the_newest_is_the_state(
    database: Database, tenant: str, folder: Path
) -> None:
    rows = [hospital("1", f"{day}", observed=f"2026-01-0{day}T00:00:00Z") for day in (1, 3, 2)]
    await loaded(database, tenant, folder, *rows)
    older = await loaded(database, tenant, folder, hospital("1", "0", observed="2025-12-31T00:00:00Z"))
    assert older == Loaded(created=0, changed=0, unchanged=1)
    async with database.tenant(tenant) as connection:
        found = await retrieve(connection, tenant, "urn:ngsi-ld:Hospital:hospitals:1")
    assert found.document["name"]["value"] == "3"


async def test_a_value_that_cannot_be_held_leaves_nothing_behind(
    database: Database, tenant: str, folder: Path
) -> None:
    with pytest.raises(Invalid):
        await loaded(database, tenant, folder, hospital("1", "甲"), hospital("2", "\x00"))
    async with database.tenant(tenant) as connection:
        assert await connection.fetchval("select count(*) from entity") == 0


async def test_imported_words_are_found_and_counted(database: Database, tenant: str, folder: Path) -> None:
    await loaded(
        database,
        tenant,
        folder,
        hospital("1", "人民医院"),
        hospital("2", "儿童医院"),
        hospital("3", "O'Hara \\ Clinic"),
    )
    async with database.tenant(tenant) as connection:
        found = {
            text: [one.id[-1] for one in (await query(connection, tenant, EntityQuery(text=text))).items]
            for text in ("医院", "儿童医院", "童", "O'Hara", "民儿", "' | '", "")
        }
        assert await count(connection, tenant, ("Hospital",)) == 3
    assert found["医院"] == ["2", "1"]
    assert (found["儿童医院"], found["童"], found["O'Hara"]) == (["2"], ["2"], ["3"])
    assert found["民儿"] == []


async def test_a_removed_dataset_leaves_others_and_its_deletions_in_the_log(
    database: Database, tenant: str, folder: Path
) -> None:
    await loaded(database, tenant, folder, hospital("1", "甲"), hospital("1", "乙", dataset="clinics"))
    async with database.tenant(tenant) as connection:
        assert await remove_dataset(connection, tenant, "hospitals", cause="i2", actor="tester") == 1
        assert await count(connection, tenant) == 1
        assert await connection.fetchval("select array_agg(op order by seq) from change") == [2, 2, 3]
        assert await connection.fetchval("select count(*) from entity_text") == 1
