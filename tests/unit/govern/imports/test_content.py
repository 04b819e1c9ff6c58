"""DuckDB kept open for pages: opened once, locked to a tenant's files, and nothing stays in it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from quanyu.govern.imports.content import kept_reader

Lots = Callable[..., str]
MAPPING = {"type": "OffStreetParking", "key": ["编号"], "attributes": [], "name": "名称"}
PAGES = (
    "/datasets/lots/records",
    "/datasets/lots/quarantine",
    "/trace/urn:ngsi-ld:OffStreetParking:lots:P007",
)


async def test_pages_of_records_open_duckdb_no_more_once_it_is_open(
    office: Any, lots: Lots, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.sends(lots(100, P004="sixty"), options=json.dumps({"mapping": MAPPING}))
    await office.gets(PAGES[0])
    opened: list[object] = []
    connect = duckdb.connect
    monkeypatch.setattr(
        duckdb, "connect", lambda *given, **named: opened.append(named) or connect(*given, **named)
    )
    for page in PAGES:
        assert await office.gets(page)
    assert opened == []


def test_what_a_reader_makes_no_other_sees(tmp_path: Path) -> None:
    with kept_reader(tmp_path, "city") as one, kept_reader(tmp_path, "city") as other:
        one.execute("create temp view seen as select 1")
        with pytest.raises(duckdb.CatalogException):
            other.execute("from seen")
    with kept_reader(tmp_path, "city") as later, pytest.raises(duckdb.CatalogException):
        later.execute("from seen")


def test_a_tenants_reader_opens_nobody_elses_file(tmp_path: Path) -> None:
    files = {tenant: tmp_path / "datasets" / tenant / "lots.parquet" for tenant in ("city", "town")}
    for tenant, file in files.items():
        file.parent.mkdir(parents=True)
        with duckdb.connect() as writer:
            writer.execute(f"copy (select '{tenant}' as whose) to '{file}'")
    with kept_reader(tmp_path, "city") as reader:
        assert reader.execute(f"from '{files['city']}'").fetchall() == [("city",)]
        with pytest.raises(duckdb.PermissionException):
            reader.execute(f"from '{files['town']}'")
        with pytest.raises(duckdb.Error):
            reader.execute("set enable_external_access = true")
